using Amoeba.Engine.Ports;

namespace Amoeba.Tools.Fetch;

/// <summary>
/// Politeness: how many calls each host has at once, how far apart they begin, and until when it asked to be left
/// alone. Over the whole parent; hosts know nothing of each other. Who waits is served in order.
/// </summary>
internal sealed class HostGates(FetchOptions options, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Gate> _gates = new(StringComparer.Ordinal);

    /// <summary>
    /// What counts as one host. Its name, whatever the port, because it is one machine to be kind to; on this machine
    /// each port, because there it is another program.
    /// </summary>
    public static string KeyOf(Uri url) => url.IsLoopback ? url.Authority : url.IdnHost;

    /// <summary>Hosts that something is known of.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _gates.Count;
        }
    }

    /// <summary>Waits for this call's turn; disposing what comes back lets the next one in.</summary>
    public async ValueTask<HostSlot> EnterAsync(Uri url, IAttemptWaits waits, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var key = KeyOf(url);
        var waiter = new Waiter();
        DateTimeOffset? until;
        string why;
        lock (_lock)
        {
            var gate = GateOf(url);
            if (gate.TryStart()) return new HostSlot(this, key);
            gate.Queue.AddLast(waiter);
            gate.Wake();
            (until, why) = (gate.Until, gate.Why);
        }

        waits.WaitsFor($"host {url.IdnHost}: {why}", until);
        await using var registration = cancel.Register(() => Leave(key, waiter));
        try
        {
            await waiter.Turn.Task;
            return new HostSlot(this, key);
        }
        catch (OperationCanceledException)
        {
            throw new OperationCanceledException(cancel);
        }
        finally
        {
            waits.GoesOn();
        }
    }

    /// <summary>The host asked to be left alone for this long.</summary>
    public void Hold(Uri url, TimeSpan pause)
    {
        lock (_lock) GateOf(url).Hold(pause);
    }

    internal void Exit(string key)
    {
        lock (_lock)
        {
            var gate = _gates[key];
            gate.Running--;
            Pump(gate);
        }
    }

    private Gate GateOf(Uri url)
    {
        var key = KeyOf(url);
        if (!_gates.TryGetValue(key, out var gate))
            _gates[key] = gate = new Gate(this, key, url.IsLoopback ? TimeSpan.Zero : options.Gap);
        return gate;
    }

    private void Leave(string key, Waiter waiter)
    {
        lock (_lock)
        {
            if (_gates.TryGetValue(key, out var gate) && gate.Queue.Remove(waiter)) Pump(gate);
        }

        waiter.Turn.TrySetCanceled(CancellationToken.None);
    }

    private void OnTimer(Gate gate)
    {
        lock (_lock)
        {
            if (_gates.GetValueOrDefault(gate.Key) == gate) Pump(gate);
        }
    }

    private void Pump(Gate gate)
    {
        while (gate.Queue.First is { } first && gate.TryStart(first: true))
        {
            gate.Queue.RemoveFirst();
            if (!first.Value.Turn.TrySetResult()) gate.Running--;
        }

        if (gate.Queue.Count > 0 || !gate.IsIdle) gate.Wake();
        else
        {
            gate.Dispose();
            _gates.Remove(gate.Key);
        }
    }

    private sealed class Waiter
    {
        public TaskCompletionSource Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>One host. Everything is under the lock of the whole.</summary>
    private sealed class Gate(HostGates owner, string key, TimeSpan gap) : IDisposable
    {
        private long _openAt = owner.Now;
        private long _heldUntil = owner.Now;
        private ITimer? _timer;

        public string Key => key;

        public int Running { get; set; }

        public LinkedList<Waiter> Queue { get; } = [];

        /// <summary>Nothing runs, and nothing has to be remembered.</summary>
        public bool IsIdle => Running == 0 && Pause <= TimeSpan.Zero;

        public DateTimeOffset? Until => Pause > TimeSpan.Zero ? owner.UtcNow + Pause : null;

        public string Why => owner.Until(_heldUntil) > TimeSpan.Zero ? "it asked to be left alone"
            : Running >= owner.PerHost ? $"{owner.PerHost} calls at once"
            : "calls are spaced out";

        private TimeSpan Pause => owner.Until(_openAt);

        public bool TryStart(bool first = false)
        {
            if (Running >= owner.PerHost || Pause > TimeSpan.Zero || (!first && Queue.Count > 0)) return false;
            Running++;
            _openAt = Math.Max(_openAt, owner.After(gap));
            return true;
        }

        public void Hold(TimeSpan pause)
        {
            _heldUntil = Math.Max(_heldUntil, owner.After(pause));
            _openAt = Math.Max(_openAt, _heldUntil);
            Wake();
        }

        /// <summary>Looks again when the pause is over. Where only a call that ends can help, that call does.</summary>
        public void Wake()
        {
            if (Pause <= TimeSpan.Zero) return;
            _timer ??= owner.Timer(this);
            // Rounded up, because timers may come a little early and would find the gate shut.
            _timer.Change(TimeSpan.FromMilliseconds(Math.Ceiling(Pause.TotalMilliseconds) + 1),
                Timeout.InfiniteTimeSpan);
        }

        public void Dispose() => _timer?.Dispose();
    }

    private int PerHost => options.PerHost;

    private long Now => time.GetTimestamp();

    private DateTimeOffset UtcNow => time.GetUtcNow();

    private TimeSpan Until(long timestamp) => time.GetElapsedTime(time.GetTimestamp(), timestamp);

    private long After(TimeSpan pause) => time.GetTimestamp() + (long)(pause.TotalSeconds * time.TimestampFrequency);

    private ITimer Timer(Gate gate) =>
        time.CreateTimer(_ => OnTimer(gate), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
}

/// <summary>A call's place at a host; disposed once.</summary>
internal sealed class HostSlot(HostGates gates, string key) : IDisposable
{
    private int _gone;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _gone, 1) == 0) gates.Exit(key);
    }
}
