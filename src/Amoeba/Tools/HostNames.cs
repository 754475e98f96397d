using System.Net;
using System.Net.Sockets;

namespace Amoeba.Tools;

/// <summary>
/// Which addresses hosts have. Who asks for the same name at the same time shares one look-up, and what it found holds
/// for a while, also that there is nothing: a thousand tasks with a host that does not exist, or with no network, learn
/// it once instead of one after the other.
/// </summary>
/// <param name="patience">How long one look-up may take.</param>
/// <param name="time">The clock.</param>
/// <param name="lookUp">Null asks the operating system.</param>
internal sealed class HostNames(
    TimeSpan patience, TimeProvider time, Func<string, Task<IPAddress[]>>? lookUp = null) : IDisposable
{
    /// <summary>How long an answer holds.</summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromSeconds(30);

    /// <summary>Each look-up may block a thread of the pool.</summary>
    private const int MostAtOnce = 16;

    private const int MostRemembered = 4096;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Known> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly SemaphoreSlim _room = new(MostAtOnce);
    private readonly Func<string, Task<IPAddress[]>> _lookUp = lookUp ?? Dns.GetHostAddressesAsync;

    /// <summary>At least one address.</summary>
    /// <exception cref="SocketException">It has none, or nobody knows.</exception>
    public ValueTask<IPAddress[]> FindAsync(string host, CancellationToken cancel)
    {
        lock (_lock)
        {
            if (_known.GetValueOrDefault(host) is not { } known || !known.Holds(time))
            {
                if (_known.Count >= MostRemembered) Sweep();
                // Under the lock, and so not begun in it.
                _known[host] = known = new Known(Task.Run(() => LookUpAsync(host), CancellationToken.None));
            }

            return known.Answer.IsCompletedSuccessfully
                ? new(known.Answer.Result)
                : new(known.Answer.WaitAsync(cancel));
        }
    }

    /// <summary>Its addresses did not answer; the next call looks again.</summary>
    public void Forget(string host)
    {
        lock (_lock) _known.Remove(host);
    }

    public void Dispose() => _room.Dispose();

    private async Task<IPAddress[]> LookUpAsync(string host)
    {
        await _room.WaitAsync();
        try
        {
            var found = await _lookUp(host).WaitAsync(patience, time);
            return found.Length > 0 ? found : throw new SocketException((int)SocketError.HostNotFound);
        }
        catch (TimeoutException)
        {
            throw new SocketException((int)SocketError.TryAgain);
        }
        finally
        {
            _room.Release();
            Stamp(host);
        }
    }

    /// <summary>An answer holds from when it came.</summary>
    private void Stamp(string host)
    {
        lock (_lock)
        {
            if (_known.GetValueOrDefault(host) is { } known) known.Until = time.GetTimestamp() + Ticks(Remembered);
        }
    }

    private void Sweep()
    {
        foreach (var (host, known) in _known)
        {
            if (!known.Holds(time)) _known.Remove(host);
        }
    }

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    private sealed class Known(Task<IPAddress[]> answer)
    {
        public Task<IPAddress[]> Answer => answer;

        /// <summary>Null while it is looked up.</summary>
        public long? Until { get; set; }

        public bool Holds(TimeProvider time) => Until is not { } until || time.GetTimestamp() < until;
    }
}
