using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Deciding;

/// <summary>One decision in the making: the input with what follows from it.</summary>
internal sealed class Question
{
    private const double NearestPercent = 0.005;

    private readonly Dictionary<int, double> _makespans = [];
    private readonly double _start;
    private readonly SpawnPace? _pace;

    public Question(DecisionInput input)
    {
        Input = input;
        Cell = CellCosts.Choose(input.Cell);
        Wished = input.Wish is not null || input.Strategy == Strategy.Parallel;
        // Who asks for a number knows the tasks; a guess at how much they compute does not speak against it.
        Work = new Workload(input.Stages, ignoreAssumedCpu: Wished, CellCosts.AttemptSeconds(Cell));
        AtOnce = Breadth.Of(Work);
        Caps = Deciding.Cap.Of(input, Cell);
        Cap = Caps.MinBy(cap => cap.Width)!;
        _start = CellCosts.StartSeconds(Cell) - CellCosts.AttemptSeconds(Cell);
        _pace = CellCosts.PacedAs(Cell) is { } kind ? CellCosts.Pace(kind, input.Machine) : null;
    }

    public DecisionInput Input { get; }

    public CellKind Cell { get; }

    /// <summary>A number of children or a split was asked for.</summary>
    public bool Wished { get; }

    public Workload Work { get; }

    /// <summary>Tasks that can run at once, whatever the number of children.</summary>
    public long AtOnce { get; }

    public IReadOnlyList<Cap> Caps { get; }

    /// <summary>The narrowest cap.</summary>
    public Cap Cap { get; }

    /// <summary>
    /// To the nearest percent: two equal tasks in two children save half of the time but for the moment that a child
    /// takes to start, and a threshold of 50% means them.
    /// </summary>
    public bool IsWorth(double gain) => gain > 0 && gain >= Threshold - NearestPercent;

    public double Threshold => CellCosts.IsHeavy(Cell) ? Input.GainHeavy : Input.GainLight;

    public double SequentialSeconds => Seconds(1);

    /// <summary>Why this is not split whatever it would gain; null where that is open.</summary>
    public string? NeverSplit()
    {
        if (Work.TotalTasks == 0)
            return Reasons.Empty;
        if (Work.TotalTasks == 1)
            return Reasons.Single;
        if (Input.Strategy == Strategy.Sequential)
            return Reasons.SequentialStrategy;
        if (Input.Wish is < 2)
            return Reasons.OneChild;
        return AtOnce < 2 ? Reasons.Chain : null;
    }

    public double Seconds(int width)
    {
        if (!_makespans.TryGetValue(width, out var seconds))
        {
            var played = Schedule.Play(
                Work, Input.Machine.Processors, width, Start(width), _pace?.Period.TotalSeconds ?? 0, _pace?.Most ?? 1);
            seconds = Math.Max(Math.Max(QuotaSeconds(), StartsSeconds()), played.Seconds);
            _makespans[width] = seconds;
        }
        return seconds;
    }

    /// <summary>
    /// No split is sooner than the minutes that a quota takes for the calls after those of the first.
    /// </summary>
    private double QuotaSeconds()
    {
        double longest = 0;
        foreach (var calls in Input.Stages.Where(stage => stage.Call?.Rate is not null)
            .GroupBy(stage => stage.Call!.Model))
        {
            double tasks = 0;
            foreach (var stage in calls) tasks += stage.Tasks;
            longest = Math.Max(longest, (tasks / calls.First().Call!.Rate!.Value - 1) * 60);
        }

        return longest;
    }

    /// <summary>Where each attempt is a start, no split is sooner than the pace of all of them.</summary>
    private double StartsSeconds() => _pace is { } pace && CellCosts.StartsWithAttempt(Cell) && Work.TotalTasks > 0
        ? (Work.TotalTasks - 1) / pace.Most * pace.Period.TotalSeconds + Work.Shortest
        : 0;

    public double Gain(int width) =>
        SequentialSeconds <= 0 ? 0 : Math.Clamp(1 - Seconds(width) / SequentialSeconds, 0, 1);

    /// <summary>The number of children by SPEC 3.3, before the zone shrinks it.</summary>
    public int Best(int least) => WidthSearch.Best(least, Most, Work.SegmentCount, Seconds);

    /// <summary>Most children that are of use and allowed.</summary>
    public int Most => (int)Math.Min(Cap.Width, AtOnce);

    public int Zoned(int width) => Input.Machine.Zone switch
    {
        "warning" => Math.Max(1, width * 2 / 5),
        "danger" => 1,
        _ => width,
    };

    /// <summary>The decision for so many children, with its figures.</summary>
    public Decision Decide(int width, string reason) => new()
    {
        Split = width > 1,
        Children = width,
        Gain = width > 1 ? Gain(width) : 0,
        SequentialSeconds = Work.TotalTasks == 0 ? 0 : SequentialSeconds,
        ParallelSeconds = Work.TotalTasks == 0 ? 0 : Seconds(width),
        MemoryBytes = Deciding.Cap.MemoryAt(Input, Math.Min(width, AtOnce)),
        Cell = Cell,
        CostUsd = Spending.CostUsd(Input),
        Calls = Spending.Calls(Input),
        Reasons = [reason, .. Reasons.Supporting(this, width)],
        Input = Input,
    };

    /// <summary>
    /// Light children start one after the other and then begin together; heavy ones keep their pace.
    /// </summary>
    private double Start(int width) => _pace is null ? _start * width : _start;
}
