using Amoeba.Deciding;
using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Scheduling;

namespace Amoeba.Simulating;

/// <summary>
/// Plays a job in virtual time: the real engine decides, tasks take as long as they are expected to, nothing runs.
/// </summary>
internal sealed class Simulator
{
    private readonly Timeline _timeline = new();
    private readonly CommitBatch _batch = new();
    private readonly List<SimulatedSpan> _spans = [];
    private readonly JobStart _start;
    private readonly EngineCore _core;
    private readonly bool _wished;
    private readonly SimulationWatch _watch;
    private readonly Dictionary<string, SimulatedAttempt> _attempts = [];
    private readonly Dictionary<PacedKind, List<DateTimeOffset>> _turns =
        new() { [PacedKind.Heavy] = [], [PacedKind.Docker] = [] };
    private double _share;
    private double _sequential;
    private long _last;
    private long _peak;
    private int _ended;
    private int _most;
    private bool _failed;
    private string? _stopped;
    private decimal _spent;

    private Simulator(JobStart start, bool wished, EngineOptions options, SimulationWatch watch)
    {
        _start = start;
        _wished = wished;
        _watch = watch;
        _core = new EngineCore(options);
    }

    /// <summary>Plays the job with a number of children.</summary>
    /// <param name="start">The job, with its decision.</param>
    /// <param name="children">Children at once; what the caps forbid they forbid here too.</param>
    /// <param name="options">The engine's options.</param>
    /// <param name="watch">Ends it early, and sees how far it is.</param>
    /// <exception cref="OperationCanceledException">It was ended early.</exception>
    public static SimulatedRun Play(
        JobStart start, int children, EngineOptions options, SimulationWatch? watch = null) =>
        AlikeTasks.Play(start, part => PlayAll(part, children, options, watch ?? SimulationWatch.None));

    /// <summary>The same, task by task.</summary>
    public static SimulatedRun PlayAll(JobStart start, int children, EngineOptions options, SimulationWatch watch)
    {
        var decision = start.Decision with { Children = children, Split = children > 1 };
        var input = decision.Input with { Wish = children };
        var wished = start.Decision.Input is { Wish: not null } or { Strategy: Plans.Strategy.Parallel };
        start = start with
        {
            Decision = decision with { Input = input },
            Asks = Asks.None,
            // nothing here is ever stuck
            Stages = [.. start.Stages.Select(stage => stage with { Stall = TimeSpan.Zero })],
        };
        return new Simulator(start, wished, options, watch).Run(children);
    }

    private SimulatedRun Run(int children)
    {
        Tell(new JobSubmitted(_start));
        for (var step = 0; !_core.IsEmpty; step++)
        {
            if (step % 4096 == 0) _watch.See(_ended);
            var due = _core.NextDue();
            if (due < _timeline.NextAt && due != long.MaxValue)
            {
                _timeline.AdvanceTo(due);
                Tell(TimePassed.Instance);
            }
            else if (!_timeline.Advance())
            {
                break;
            }
        }

        var makespan = TimeSpan.FromTicks(_last).TotalSeconds;
        var cost = _stopped is null ? _start.Decision.CostUsd : _spent;
        return new SimulatedRun(children, makespan, _sequential, cost, _peak, _spans)
        {
            Stopped = _stopped,
            Ended = _ended,
            MostAtOnce = _most,
            AnyFailed = _failed,
        };
    }

    private void Tell(EngineEvent happened)
    {
        _core.Step(_timeline.Moment, happened);
        _core.TakeBatch(_batch);
        foreach (var job in _batch.Jobs)
        {
            if (job.Status is { State: JobState.Interrupted, Reason: var reason }) _stopped = reason;
        }

        _batch.Clear();
        var effects = _core.Effects.ToArray();
        _core.Effects.Clear();
        foreach (var effect in effects)
        {
            Carry(effect);
        }
    }

    private void Carry(Effect effect)
    {
        switch (effect)
        {
            case SpawnChild spawn:
                var cost = TimeSpan.FromSeconds(CellCosts.StartSeconds(spawn.Cell));
                _timeline.Plan(cost, () => Tell(new ChildReady(spawn.Spec.Id, null)));
                break;
            case StartAttempt start:
                Begin(start.Order);
                break;
            case TurnsWanted turns:
                TakeTurns(turns);
                break;
            case StopAttempt stop when _attempts.TryGetValue(stop.Child, out var stopped):
                stopped.IsStopped = true;
                Complete(stopped, AttemptEnd.TimedOut);
                break;
            case DestroyChild destroy:
                _timeline.Plan(TimeSpan.Zero, () => Tell(new ChildGone(destroy.Child)));
                break;
            case YieldItems flow:
                var count = _start.Stages[flow.Stage].AssumedItems;
                var alone = _start.Stages[flow.Stage].IsGrouped ? Enumerable.Range(0, count).ToArray() : [];
                _timeline.Plan(TimeSpan.Zero,
                    () => Tell(new ItemsYielded(flow.Job, flow.Stage, flow.Source, count, alone)));
                break;
            case MergeResults merge:
                _timeline.Plan(TimeSpan.Zero,
                    () => Tell(new MergeEnded(merge.Job, merge.Number, OutputRef.None, null)));
                break;
        }
    }

    /// <summary>Nobody else is in the line.</summary>
    private void TakeTurns(TurnsWanted turns)
    {
        var now = _timeline.Moment.Wall;
        var pace = CellCosts.Pace(turns.Kind, _start.Decision.Input.Machine);
        var given = SpawnLine.Next([.. _turns[turns.Kind].TakeLast(pace.Most).Reverse()], turns.Wanted, pace, now);
        _turns[turns.Kind].AddRange(given);
        _timeline.Plan(TimeSpan.Zero, () => Tell(new TurnsGiven(turns.Kind, [.. given.Select(at => at - now)])));
    }

    private void Begin(AttemptOrder order)
    {
        var (stage, seconds) = StageOf(order);
        var share = ShareOf(stage);
        _share += share;
        _sequential += seconds + BeginOf(stage);
        _peak = Math.Max(_peak, _core.InUse.Memory);

        // Who computes shares the processors with who computes already.
        var processors = _start.Decision.Input.Machine.Processors;
        var stretch = share > 0 && _share > processors ? _share / processors : 1;
        var attempt = new SimulatedAttempt(order, share, _timeline.Now);
        _attempts[order.Child] = attempt;
        _most = Math.Max(_most, _attempts.Count);
        _timeline.Plan(TimeSpan.FromSeconds(seconds * stretch), () =>
        {
            if (!attempt.IsStopped)
            {
                Complete(attempt, AttemptEnd.Succeeded);
            }
        });
    }

    /// <summary>As in the decision: seconds before its tool works, of which a call of a model has none.</summary>
    private double BeginOf(int stage)
    {
        var inputs = _start.Decision.Input.Stages;
        var isCall = stage < inputs.Count
            ? inputs[stage].Call is not null
            : _start.Stages[stage] is { IsMerge: true, Program: false };
        return isCall ? 0 : CellCosts.AttemptSeconds(_start.Decision.Cell);
    }

    /// <summary>
    /// As in the decision: who asks for a number knows the tasks, and no guess at how much they compute counts.
    /// </summary>
    private double ShareOf(int stage)
    {
        var stages = _start.Decision.Input.Stages;
        return stage >= stages.Count || (_wished && stages[stage].CpuAssumed) ? 0 : stages[stage].CpuShare;
    }

    private void Complete(SimulatedAttempt attempt, AttemptEnd end)
    {
        _share -= attempt.Share;
        _attempts.Remove(attempt.Order.Child);
        _last = _timeline.Now;
        _ended++;
        _failed |= end != AttemptEnd.Succeeded;
        var seconds = TimeSpan.FromTicks(_timeline.Now - attempt.Began).TotalSeconds;
        if (_spans.Count < SimulatedRun.MostSpans)
        {
            var from = TimeSpan.FromTicks(attempt.Began).TotalSeconds;
            _spans.Add(new SimulatedSpan(attempt.Order.Ordinal, attempt.Order.Child, from, from + seconds));
        }

        var error = end == AttemptEnd.TimedOut ? "timeout" : null;
        Tell(new AttemptEnded(new AttemptResult(attempt.Order, end) { Error = error, Figures = Spent(attempt.Order) }));
    }

    /// <summary>It uses of the budget what it is expected to use.</summary>
    private AttemptFigures? Spent(AttemptOrder order)
    {
        var stage = _start.Stages[StageOf(order).Stage];
        if (stage is { Tokens: 0, CostUsd: 0 }) return null;
        var cost = (decimal)stage.CostUsd;
        _spent += cost;
        return new AttemptFigures { Tokens = new TokenCounts((long)Math.Round(stage.Tokens), 0, 0), CostUsd = cost };
    }

    private (int Stage, double Seconds) StageOf(AttemptOrder order)
    {
        for (var i = _start.Stages.Count - 1; i >= 0; i--)
        {
            var plan = _start.Stages[i];
            if ((plan.Items > 0 || plan.From is not null) && plan.First <= order.Ordinal)
            {
                return (i, plan.EachSeconds is { } each ? each[order.Ordinal - plan.First] : plan.Seconds);
            }
        }

        throw new InvalidOperationException($"No stage has the ordinal {order.Ordinal}.");
    }

    private sealed class SimulatedAttempt(AttemptOrder order, double share, long began)
    {
        public AttemptOrder Order => order;

        public double Share => share;

        public long Began => began;

        public bool IsStopped { get; set; }
    }
}
