using Amoeba.Cells.Wire;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;
using Amoeba.Processes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Amoeba.Cells.Workers;

/// <summary>What every cell of workers is told once.</summary>
internal record WorkerCellOptions
{
    public required string Parent { get; init; }

    /// <summary>Between two signs of life; three missed ones are the end.</summary>
    public TimeSpan Beat { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A worker that beats and answers nothing for so long is stuck.</summary>
    public TimeSpan Answers { get; init; } = Plans.StallLimits.Answers;

    /// <summary>From the start of a worker to its hello.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// From the end of its connection to its own, which says more of what happened. It is told when its whole tree is
    /// gone, and only one that lives on without its connection is waited for so long.
    /// </summary>
    public TimeSpan Dying { get; init; } = TimeSpan.FromSeconds(5);

    public ILogger Log { get; init; } = NullLogger.Instance;
}

/// <summary>Children in workers that speak frames over a connection; where a worker lives is its kind's.</summary>
internal abstract class WorkerCell(AttemptRunner runner, WorkerCellOptions options) : ICell, IDisposable
{
    /// <summary>Share of a beat that is one: timers come a little early.</summary>
    private const double Full = 0.9;

    private readonly Lock _gate = new();
    private readonly HashSet<WorkerChild> _children = [];
    private ITimer? _beats;
    private long _lastLook = runner.Time.GetTimestamp();
    private long _lastRounds;

    public abstract CellKind Kind { get; }

    internal AttemptRunner Runner => runner;

    internal WorkerCellOptions Options => options;

    public abstract string? Missing();

    public IChild Spawn(ChildSpec spec, IChildEvents events)
    {
        var child = new WorkerChild(this, spec, events);
        lock (_gate)
        {
            _children.Add(child);
            _beats ??= runner.Time.CreateTimer(_ => CheckBeats(), null, options.Beat, options.Beat);
        }

        ThreadPool.UnsafeQueueUserWorkItem(static child => child.Launch(), child, preferLocal: false);
        return child;
    }

    public void Dispose()
    {
        lock (_gate) _beats?.Dispose();
    }

    /// <summary>Starts a worker.</summary>
    /// <param name="spec">For which child.</param>
    /// <param name="theirs">Its side of the channel; the caller closes it afterwards.</param>
    /// <param name="complaints">Keeps what it writes elsewhere.</param>
    internal abstract WorkerStart Start(ChildSpec spec, int theirs, WorkerComplaints complaints);

    /// <summary>What its worker, or what stands for it, has in its environment; the last is its tree's alone.</summary>
    internal string[] Marks(ChildSpec spec) =>
        ["AMOEBA_IS_CHILD=1", $"AMOEBA_PARENT_ID={options.Parent}", $"AMOEBA_CHILD_ID={spec.Id}"];

    internal void Forget(WorkerChild child)
    {
        lock (_gate)
        {
            _children.Remove(child);
            if (_children.Count > 0) return;
            _beats?.Dispose();
            _beats = null;
        }
    }

    /// <summary>
    /// Counts looks, not seconds: when this whole process stood still, such as in a machine that slept, one look is
    /// missed and not a thousand.
    /// </summary>
    private void CheckBeats()
    {
        WorkerChild[] children;
        lock (_gate)
        {
            // Timers that were held back come one upon another, and between these no beat need have come: three looks
            // are three beats apart.
            var now = runner.Time.GetTimestamp();
            if (runner.Time.GetElapsedTime(_lastLook, now) < options.Beat * Full) return;
            _lastLook = now;
            // Nor is a worker silent where it is we who do not listen, such as over a disk that takes no output.
            var rounds = ChannelHub.Rounds;
            var isHeldUp = rounds % 2 == 1 && rounds == _lastRounds;
            _lastRounds = rounds;
            if (isHeldUp) return;
            children = [.. _children];
        }

        foreach (var child in children) child.CheckBeat(Protocol.BeatsMissed);
    }
}
