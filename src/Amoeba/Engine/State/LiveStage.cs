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
    private GroupLines? _lines;
    private int _cursor;
    private int _skippedTasks;

    public LiveStage(LiveJob job, StagePlan plan, int index)
    {
        Job = job;
        Plan = plan;
        Index = index;
        Items = plan.Items;
        if (plan.EachSeconds is { } seconds && plan.Batch == 1 && !plan.IsGrouped)
        {
            _order = LongestFirst(seconds);
        }
    }

    public LiveJob Job { get; }

    public StagePlan Plan { get; }

    public int Index { get; }

    /// <summary>Items by now.</summary>
    public int Items { get; private set; }

    /// <summary>Tasks that its items make before any batch was taken apart.</summary>
    public int Units => (Items + Plan.Batch - 1) / Plan.Batch;

    /// <summary>The stage whose results are its items; null where all were there from the start.</summary>
    public LiveStage? Source { get; set; }

    /// <summary>Stages whose items this one's results are.</summary>
    public List<LiveStage> Flows { get; } = [];

    /// <summary>Ordinals of results of <see cref="Source"/> whose items have not come yet.</summary>
    public HashSet<int> Pending { get; } = [];

    /// <summary>Ordinals of such results that nobody was asked for since this parent took the job.</summary>
    public List<int> Unasked { get; } = [];

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

    /// <summary>
    /// What keeps it from being whole: itself, where not all of it succeeded, or what its items were to come from;
    /// null where nothing does.
    /// </summary>
    public LiveStage? Broken => AnyFailed || Skipped is not null ? this : Source?.Broken;

    /// <summary>Stages that need it.</summary>
    public List<int> Dependents { get; } = [];

    /// <summary>Stages it needs that have not ended.</summary>
    public int NeedsLeft { get; set; }

    /// <summary>A stage it needs that did not wholly succeed.</summary>
    public string? BlockedBy { get; set; }

    /// <summary>Everything it needs has ended; ticks of uptime when that was so.</summary>
    public long? OpenSince { get; set; }

    /// <summary>What needed it was told that it ended.</summary>
    public bool EndIsTold { get; set; }

    public bool HasEnded =>
        Ended == Tasks && (Source is null || (Source.HasEnded && Pending.Count == 0 && Unasked.Count == 0));

    /// <summary>Nothing more can be made of its items at present.</summary>
    public bool AtEnd => Lines is { } lines ? lines.IsStill : _cursor >= Units;

    /// <summary>Of each group of items one is out at a time; null without groups.</summary>
    private GroupLines? Lines => Plan.IsGrouped ? _lines ??= new GroupLines(Plan.Groups ?? [], Plan.EachSeconds) : null;

    /// <summary>What one of its tasks is expected to use: as the first did, else as was decided.</summary>
    public Spend Expected => Seen.MeanSpend ?? new Spend(Plan.Tokens, Plan.CostUsd);

    public float SecondsOf(LiveTask task) => Plan.EachSeconds is { } each && Plan.Batch == 1
        ? each[task.Ordinal - Plan.First]
        : Plan.Seconds;

    /// <summary>The next unit that has no row, as a task; null at the end.</summary>
    public LiveTask? Next()
    {
        if (Lines is { } lines)
        {
            return lines.Take(IsKnown) is { } item ? new LiveTask(this, Plan.First + item, 1) { IsOut = true } : null;
        }

        while (_cursor < Units)
        {
            var unit = _order is null ? _cursor : _order[_cursor];
            _cursor++;
            if (!IsKnown(unit))
            {
                var first = unit * Plan.Batch;
                return new LiveTask(this, Plan.First + first, Math.Min(Plan.Batch, Items - first));
            }
        }

        return null;
    }

    /// <summary>More items came; each is a task, for what flows is not batched.</summary>
    /// <param name="count">How many.</param>
    /// <param name="groups">Of each of them the number of its group; empty without groups.</param>
    public void Grow(int count, IReadOnlyList<int> groups)
    {
        foreach (var group in groups)
        {
            Lines!.Add(group);
        }

        Items += count;
        Tasks += count;
    }

    /// <summary>
    /// True where the task's group has no other out, which is so without groups; else it waits for its turn.
    /// </summary>
    public bool Enter(LiveTask task)
    {
        task.IsOut = task.IsOut || Lines is not { } lines || lines.Enter(task.Ordinal - Plan.First, task);
        return task.IsOut;
    }

    /// <summary>The task neither runs nor waits to: another of its group may.</summary>
    /// <returns>One whose turn it is now.</returns>
    public LiveTask? Leave(LiveTask task)
    {
        if (!task.IsOut)
        {
            return null;
        }

        task.IsOut = false;
        var next = Lines?.Leave(task.Ordinal - Plan.First);
        if (next is not null)
        {
            next.IsOut = true;
        }

        return next;
    }

    /// <summary>Takes away the tasks that wait for their group's turn.</summary>
    public IEnumerable<LiveTask> TakeBack() => Lines?.Clear() ?? [];

    /// <summary>The number of the group that a task is of; null without groups.</summary>
    public int? GroupOf(LiveTask task) => Lines?.GroupOf(task.Ordinal - Plan.First);

    private bool IsKnown(int unit) => _known is not null && unit < _known.Length && _known[unit];

    /// <summary>Tells that a unit has a row, so that the cursor passes over it.</summary>
    public void MarkKnown(int ordinal)
    {
        var item = ordinal - Plan.First;
        if (item % Plan.Batch == 0)
        {
            _known ??= new BitArray(Units);
            _known.Length = Math.Max(_known.Length, Units);
            _known[item / Plan.Batch] = true;
        }
    }

    /// <summary>All that has not ended is skipped with its stage.</summary>
    /// <returns>How many.</returns>
    public int SkipRest()
    {
        var rest = Tasks - Ended;
        _skippedTasks += rest;
        Ended = Tasks;
        return rest;
    }

    /// <summary>Begins the stage anew, for what marks and rows will say.</summary>
    public void Reset()
    {
        _cursor = 0;
        _known = null;
        _lines = null;
        Items = Plan.Items;
        Pending.Clear();
        Unasked.Clear();
        Ended = 0;
        _skippedTasks = 0;
        EndIsTold = false;
        Tasks = Units;
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
        Ended -= _skippedTasks;
        _skippedTasks = 0;
        EndIsTold = false;
        AnyFailed = false;
        Skipped = null;
        OpenSince = null;
        BlockedBy = null;
        NeedsLeft = Plan.Needs.Count;
    }

    /// <summary>
    /// Units over the whole stage, not just within a window, the longest first and in plan order where alike.
    /// </summary>
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
