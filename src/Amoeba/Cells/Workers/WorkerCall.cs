using Amoeba.Cells.Wire;
using Amoeba.Engine.Ports;

namespace Amoeba.Cells.Workers;

/// <summary>One call that a worker is at.</summary>
internal sealed class WorkerCall(int number, ToolRun run)
{
    /// <summary>Bytes of output up to which an attempt ends on the thread that heard of it.</summary>
    private const int QuickOutput = 4096;

    private readonly TaskCompletionSource<ToolOutcome> _ended = new();
    private int _owed;
    private long _under = Protocol.Window;
    private bool _refused;
    private long _told;

    public int Number => number;

    public ToolRun Run => run;

    public Task<ToolOutcome> Ended => _ended.Task;

    /// <summary>
    /// Keeps output. Says what credit is to be given for it, or that no more is wanted; each only when it is time.
    /// </summary>
    /// <exception cref="InvalidDataException">It is more than the worker had credit for.</exception>
    public (int Credit, bool Refuse) Take(ReadOnlySpan<byte> bytes)
    {
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

    /// <summary>What its tool got done besides output, all in all.</summary>
    public void Progress(long total)
    {
        if (total > _told) run.Watch.Progress(total - _told);
        _told = total;
    }

    public void End(ToolOutcome outcome)
    {
        // Where there is much to keep, that is not for the thread which all workers wait for.
        if (run.Output.Length <= QuickOutput) _ended.TrySetResult(outcome);
        else ThreadPool.UnsafeQueueUserWorkItem(_ => _ended.TrySetResult(outcome), null);
    }
}
