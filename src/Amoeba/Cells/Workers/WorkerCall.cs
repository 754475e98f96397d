using Amoeba.Cells.Wire;
using Amoeba.Engine.Ports;

namespace Amoeba.Cells.Workers;

/// <summary>
/// One call that a worker is at. What comes of it and its end exclude each other: the one comes on the thread of the
/// channels, the other from wherever its worker's death is seen, and what is ended may serve another attempt at once.
/// </summary>
internal sealed class WorkerCall(int number, ToolRun run)
{
    /// <summary>Bytes of output up to which an attempt ends on the thread that heard of it.</summary>
    private const int QuickOutput = 4096;

    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<ToolOutcome> _ended = new();
    private bool _over;
    private int _owed;
    private long _under = Protocol.Window;
    private bool _refused;
    private long _told;
    private int _warnings;
    private int _waits;

    public int Number => number;

    public Task<ToolOutcome> Ended => _ended.Task;

    /// <summary>
    /// Keeps output, unless it has ended. Says what credit is to be given for it, or that no more is wanted; each only
    /// when it is time.
    /// </summary>
    /// <exception cref="InvalidDataException">It is more than the worker had credit for.</exception>
    public (int Credit, bool Refuse) Take(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (_over) return default;
            _under -= bytes.Length;
            if (_under < 0) throw new InvalidDataException("it sent more than it had credit for");
            if (_refused) return default;
            if (!run.Output.Write(bytes))
            {
                _refused = true;
                return (0, true);
            }

            _owed += bytes.Length;
            if (_owed < Protocol.Window / 4) return default;
            var credit = _owed;
            _under += credit;
            _owed = 0;
            return (credit, false);
        }
    }

    /// <summary>What its tool got done besides output, all in all.</summary>
    public void Progress(long total)
    {
        lock (_gate)
        {
            if (!_over && total > _told) run.Watch.Progress(total - _told);
            _told = total;
        }
    }

    /// <exception cref="InvalidDataException">It warned of more than it has limits.</exception>
    public void Warn(string what)
    {
        lock (_gate)
        {
            if (_over) return;
            CheckWords(ref _warnings, Protocol.MostWarnings, what);
            run.Watch.Warn(what);
        }
    }

    /// <param name="what">What it waits for; null where it goes on.</param>
    /// <param name="until">When that is expected to be over.</param>
    /// <exception cref="InvalidDataException">It said so too often.</exception>
    public void Wait(string? what, DateTimeOffset? until)
    {
        lock (_gate)
        {
            if (_over) return;
            CheckWords(ref _waits, Protocol.MostWaits, what);
            if (what is null) run.Waits.GoesOn();
            else run.Waits.WaitsFor(what, until);
        }
    }

    /// <summary>
    /// The first end counts. It waits for output that is just being kept; from then on the run is not touched.
    /// </summary>
    public void End(ToolOutcome outcome)
    {
        lock (_gate)
        {
            if (_over) return;
            _over = true;
        }

        // Where there is much to keep, that is not for the thread which all workers wait for.
        if (run.Output.Length <= QuickOutput) _ended.TrySetResult(outcome);
        else ThreadPool.UnsafeQueueUserWorkItem(_ => _ended.TrySetResult(outcome), null);
    }

    /// <summary>What it says beside its output has no credit, and is bounded by how much there can be to say.</summary>
    private static void CheckWords(ref int said, int most, string? words)
    {
        if (++said > most) throw new InvalidDataException($"it warned or waited more than {most} times in one task");
        if (words?.Length > Protocol.LongestText) throw new InvalidDataException("what it warned of is too long");
    }
}
