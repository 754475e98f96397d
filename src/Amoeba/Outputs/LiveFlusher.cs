using System.Collections.Concurrent;

namespace Amoeba.Outputs;

/// <summary>
/// Shows what living attempts wrote so far to readers in other processes. One timer for all of them; it runs while
/// there are any, and only looks at those that outlived a period.
/// </summary>
internal sealed class LiveFlusher : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<AttemptKey, FileOutputWriter> _writers;
    private readonly ITimer _timer;
    private int _running;

    public LiveFlusher(TimeProvider time, ConcurrentDictionary<AttemptKey, FileOutputWriter> writers)
    {
        _time = time;
        _writers = writers;
        _timer = time.CreateTimer(_ => RunOnce(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Adds a writer that has its first bytes.</summary>
    public void Watch(FileOutputWriter writer)
    {
        _writers[writer.Key] = writer;
        if (Interlocked.Exchange(ref _running, 1) == 0)
            _timer.Change(Period, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();

    private void RunOnce()
    {
        foreach (var writer in _writers.Values)
        {
            if (_time.GetElapsedTime(writer.Since) < Period)
                continue;
            try
            {
                writer.Mirror();
            }
            catch (IOException)
            {
                // This is a view alone. Where the disk is full, the attempt's own next write says so.
            }
        }

        Volatile.Write(ref _running, 0);
        if (!_writers.IsEmpty && Interlocked.Exchange(ref _running, 1) == 0)
            _timer.Change(Period, Timeout.InfiniteTimeSpan);
    }
}
