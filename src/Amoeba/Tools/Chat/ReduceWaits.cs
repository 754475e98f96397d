using Amoeba.Engine.Ports;

namespace Amoeba.Tools.Chat;

/// <summary>
/// The waits of calls that go side by side in one attempt: it waits where all of them do. Safe from any thread.
/// </summary>
internal sealed class ReduceWaits(IAttemptWaits attempt)
{
    private readonly Lock _lock = new();
    private readonly HashSet<Call> _waiting = [];
    private int _calls;
    private bool _told;

    /// <summary>A call begins; it ends when it is disposed.</summary>
    public Call Begin()
    {
        lock (_lock)
        {
            _calls++;
            Tell();
        }

        return new Call(this);
    }

    private void Change(Call call, bool waits)
    {
        lock (_lock)
        {
            if (waits) _waiting.Add(call);
            else _waiting.Remove(call);
            Tell();
        }
    }

    private void End(Call call)
    {
        lock (_lock)
        {
            _waiting.Remove(call);
            _calls--;
            Tell();
        }
    }

    private void Tell()
    {
        if (_calls > 0 && _waiting.Count == _calls)
        {
            var next = _waiting.MinBy(call => call.Until ?? DateTimeOffset.MaxValue)!;
            attempt.WaitsFor(next.What, next.Until);
            _told = true;
        }
        else if (_told)
        {
            _told = false;
            attempt.GoesOn();
        }
    }

    internal sealed class Call(ReduceWaits all) : IAttemptWaits, IDisposable
    {
        public string What { get; private set; } = "";

        public DateTimeOffset? Until { get; private set; }

        public void WaitsFor(string what, DateTimeOffset? until)
        {
            lock (all._lock) (What, Until) = (what, until);
            all.Change(this, waits: true);
        }

        public void GoesOn() => all.Change(this, waits: false);

        public void Dispose() => all.End(this);
    }
}
