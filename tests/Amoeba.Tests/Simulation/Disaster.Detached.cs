using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Tests.Simulation;

/// <summary>
/// Attempts of detached children: on the disk, so that they outlive every parent, end while nobody looks, and are taken
/// up by another, or ended by whoever finds that nobody wants them any more.
/// </summary>
internal sealed partial class Disaster
{
    private readonly Dictionary<(string Job, int Ordinal, int Attempt), SimulatedRun> _runs = [];

    /// <summary>Starts of heavy children that the store gave.</summary>
    private int _turns;

    /// <summary>Workers that were started, one for each attempt that was not taken up.</summary>
    private int _workers;

    /// <summary>A merge by a model is calls, and ends with its parent.</summary>
    private bool Outlives(AttemptOrder order)
    {
        var start = _jobs[order.Job];
        var stage = Invariants.StageOf(start, order.Ordinal);
        return start.Decision.Cell == CellKind.Detached && (!stage.IsMerge || stage.Program);
    }

    /// <summary>Its worker starts, and does nothing that counts before it has claimed the attempt.</summary>
    private void Begin(SimulatedParent parent, SimulatedChild child, AttemptOrder order, TimeSpan timeout)
    {
        var run = new SimulatedRun(order, child);
        child.Run = run;
        _runs.Add(run.Key, run);
        if (++_workers > _turns)
        {
            throw new InvariantBrokenException($"{order} starts a worker, the {_workers}th for {_turns} turns");
        }

        Later(parent, child, Span(0.5), () =>
        {
            if (child.Follower is { } who && Fault(0.05))
            {
                NeverBegin(who, run);
                return;
            }

            run.IsClaimed = true;
            if (child.Follower is { } follower) Post(follower, new AttemptBegan(order));
            if (!child.IsStalled)
            {
                Work(parent, child, order);
                return;
            }

            // It holds itself to its limits, somewhat later than a parent would.
            Later(parent, child, timeout + Span(3), () => Answer(parent, child, order, AttemptEnd.TimedOut));
        });
    }

    /// <summary>
    /// Its worker dies before it claims the attempt, which is taken back: that is never held against it.
    /// </summary>
    private void NeverBegin(SimulatedParent parent, SimulatedRun run)
    {
        _invariants.Report.Unbegun++;
        Remove(run);
        Post(parent, new ChildFailed(run.Child.Id, new ChildLoss("no claim") { NeverBegan = true }));
    }

    /// <summary>Says it to whoever follows the child; of a run it also stays on the disk.</summary>
    private void Tell(SimulatedParent parent, SimulatedChild child, EngineEvent happened)
    {
        if (child.Run is not { } run)
        {
            Post(parent, happened);
            return;
        }

        run.Said ??= happened;
        if (child.Follower is { } follower)
        {
            Post(follower, happened);
        }
    }

    private void TakeUp(SimulatedParent parent, AttemptOrder order)
    {
        if (!_runs.TryGetValue((order.Job, order.Ordinal, order.Attempt), out var run)
            || !run.IsClaimed || run.Child.Id != order.Child)
        {
            throw new InvariantBrokenException($"{order} takes up what is not there: {run}");
        }

        if (run.Child.Follower is { } other)
        {
            throw new InvariantBrokenException($"{order} is taken up by {parent.Id}, and {other.Id} follows it");
        }

        _invariants.TakenUp(order);
        run.Child.Follower = parent;
        parent.Children[order.Child] = run.Child;
        if (run.Said is { } said)
        {
            _invariants.Report.EndedAlone++;
            _timeline.Plan(Span(0.5), () =>
            {
                if (run.Child.Follower == parent && run.Child.Run == run)
                {
                    Post(parent, said);
                }
            });
        }
    }

    /// <summary>
    /// What a new owner finds of a job before it goes on: what began is taken up, what had not is taken back, the rest
    /// is ended.
    /// </summary>
    private (HashSet<int> Outliving, HashSet<int> Unbegun) Reclaim(string job, List<TaskRecord> open)
    {
        var (outliving, unbegun) = (new HashSet<int>(), new HashSet<int>());
        foreach (var run in _runs.Values.Where(run => run.Order.Job == job).ToList())
        {
            var isPresent = open.Exists(run.IsOf);
            if (isPresent && run.IsClaimed)
            {
                outliving.Add(run.Order.Ordinal);
                continue;
            }

            if (isPresent)
            {
                unbegun.Add(run.Order.Ordinal);
                _invariants.Report.TakenBack++;
            }

            Remove(run);
        }

        return (outliving, unbegun);
    }

    /// <summary>Its parent is gone, or goes: it is nobody's child, and goes on.</summary>
    private void Abandon(SimulatedParent parent, SimulatedChild child)
    {
        child.Follower = null;
        parent.Children.Remove(child.Id);
        _invariants.Gone(child);
        if (child.Running is { } order)
        {
            _invariants.Abandoned(order);
        }
    }

    private void AbandonAll(SimulatedParent parent)
    {
        foreach (var child in parent.Children.Values.Where(child => child.Run is not null).ToList())
        {
            Abandon(parent, child);
        }
    }

    private void Leave(SimulatedParent parent, string id)
    {
        if (!parent.Children.TryGetValue(id, out var child) || child.Run is null)
        {
            Destroy(parent, id);
            return;
        }

        child.Follower = null; // from here on it tells this parent nothing
        _timeline.Plan(Span(0.3), () =>
        {
            if (parent.Children.ContainsValue(child))
            {
                Abandon(parent, child);
                Post(parent, new ChildGone(id));
            }
        });
    }

    /// <summary>
    /// Detached workers that nobody wants: every parent looks when it starts, and whenever it buries another.
    /// </summary>
    private void EndStrays()
    {
        foreach (var run in _runs.Values.ToList())
        {
            var job = _store.FindJob(run.Order.Job)!;
            if (_parents.Exists(parent => parent.Id == job.Owner && parent.IsAlive))
            {
                continue;
            }

            if (JobLife.IsEnded(job.Status.State)
                || _store.FindTask(job.Id, run.Order.Ordinal) is not { } row || !run.IsOf(row))
            {
                _invariants.Report.Strays += run.Child.Running is null ? 0 : 1;
                Remove(run);
            }
        }
    }

    private void Remove(SimulatedRun run)
    {
        End(run.Child);
        run.Child.Run = null;
        _runs.Remove(run.Key);
    }

    /// <summary>Somebody cancels a job that no parent has: with one of its own, which takes it for a moment.</summary>
    private void CancelAlone(string id)
    {
        var command = Register(new SimulatedParent($"{SimulatedParent.Command}{++_parentsMade}", _caps));
        _commands++;
        if (_store.FindJob(id) is { } job && !JobLife.IsEnded(job.Status.State) && Take(command, job, goOn: false))
        {
            _invariants.Report.CancelledAlone += _runs.Values.Any(
                run => run.Order.Job == id && run.Child.Running is not null) ? 1 : 0;
            Post(command,
                new JobAsked(new RequestRecord($"r{++_requests}", id, "cancel", null, "test", _timeline.Moment.Wall)));
        }

        Post(command, new StopRequested(TimeSpan.Zero));
        PlanLeave(command);
    }
}

/// <summary>What one detached attempt has on the disk.</summary>
/// <param name="Order">Which attempt.</param>
/// <param name="Child">Its worker, with whoever follows it.</param>
internal sealed record SimulatedRun(AttemptOrder Order, SimulatedChild Child)
{
    public (string Job, int Ordinal, int Attempt) Key => (Order.Job, Order.Ordinal, Order.Attempt);

    /// <summary>Its worker was first: nobody can take it back any more.</summary>
    public bool IsClaimed { get; set; }

    /// <summary>How it ended.</summary>
    public EngineEvent? Said { get; set; }

    public bool IsOf(TaskRecord row) =>
        row.State == TaskState.Running && row.Job == Order.Job
            && row.Ordinal == Order.Ordinal && row.Attempt == Order.Attempt;
}
