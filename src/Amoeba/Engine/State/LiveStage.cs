using System.Collections;

namespace Amoeba.Engine.State;

/// <summary>
/// A stage while its job lives: a cursor over its units (tasks before any batch was taken apart) and a window of those
/// that wait. Units behind the cursor have a row or are in the window; units ahead of it exist only as numbers.
/// </summary>
internal sealed class LiveStage
{
    private readonly int[]? _order;
    private BitArray? _known;
    private int _cursor;

    public LiveStage(LiveJob job, StagePlan plan, int index)
    {
        Job = job;
        Plan = plan;
        Index = index;
        if (plan.EachSeconds is { } seconds && plan.Batch == 1)
        {
            _order = LongestFirst(seconds);
        }
    }

    public LiveJob Job { get; }

    public StagePlan Plan { get; }

    public int Index { get; }

    /// <summary>Tasks that ended, in any way.</summary>
    public int Ended { get; set; }

    /// <summary>Tasks there are by now: units, and what batches were taken apart into.</summary>
    public int Tasks { get; set; }

    /// <summary>Tasks in the window that wait and are ready.</summary>
    public int Ready { get; set; }

    public SeenResults Seen { get; } = new();

    /// <summary>Tasks with a row that are to run, but only when the stage opens.</summary>
    public List<LiveTask> Parked { get; } = [];

    public bool AnyFailed { get; set; }

    /// <summary>Why all of it was skipped.</summary>
    public string? Skipped { get; set; }

    /// <summary>Stages that need it.</summary>
    public List<int> Dependents { get; } = [];

    /// <summary>Stages it needs that have not ended.</summary>
    public int NeedsLeft { get; set; }

    /// <summary>A stage it needs that did not wholly succeed.</summary>
    public string? BlockedBy { get; set; }

    /// <summary>Everything it needs has ended; ticks of uptime when that was so.</summary>
    public long? OpenSince { get; set; }

    public bool HasEnded => Ended == Tasks;

    public bool AtEnd => _cursor >= Plan.Units;

    public float SecondsOf(LiveTask task) => Plan.EachSeconds is { } each && Plan.Batch == 1
        ? each[task.Ordinal - Plan.First]
        : Plan.Seconds;

    /// <summary>The next unit that has no row, as a task; null at the end.</summary>
    public LiveTask? Next()
    {
        while (_cursor < Plan.Units)
        {
            var unit = _order is null ? _cursor : _order[_cursor];
            _cursor++;
            if (_known is null || !_known[unit])
            {
                var first = unit * Plan.Batch;
                return new LiveTask(this, Plan.First + first, Math.Min(Plan.Batch, Plan.Items - first));
            }
        }

        return null;
    }

    /// <summary>Tells that a unit has a row, so that the cursor passes over it.</summary>
    public void MarkKnown(int ordinal)
    {
        var item = ordinal - Plan.First;
        if (item % Plan.Batch == 0)
        {
            _known ??= new BitArray(Plan.Units);
            _known[item / Plan.Batch] = true;
        }
    }

    /// <summary>Begins the stage anew, for what marks and rows will say.</summary>
    public void Reset()
    {
        _cursor = 0;
        _known = null;
        Ended = 0;
        Tasks = Plan.Units;
        Ready = 0;
        AnyFailed = false;
        Skipped = null;
        OpenSince = null;
        BlockedBy = null;
        NeedsLeft = Plan.Needs.Count;
    }

    /// <summary>A person's retry: what did not succeed is open again, what has a row stays known.</summary>
    public void Reopen()
    {
        Ended = Skipped is null ? Ended : 0;
        AnyFailed = false;
        Skipped = null;
        OpenSince = null;
        BlockedBy = null;
        NeedsLeft = Plan.Needs.Count;
    }

    /// <summary>Units over the whole stage, not just within a window, the longest first and in plan order where alike.</summary>
    private static int[] LongestFirst(IReadOnlyList<float> seconds)
    {
        var keys = new ulong[seconds.Count];
        for (var unit = 0; unit < keys.Length; unit++)
        {
            // The bits of floats that are not negative sort as the floats do.
            keys[unit] = (ulong)(uint.MaxValue - BitConverter.SingleToUInt32Bits(Math.Max(0, seconds[unit]))) << 32
                | (uint)unit;
        }

        Array.Sort(keys);
        return Array.ConvertAll(keys, key => (int)(uint)key);
    }
}
