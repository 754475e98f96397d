using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;

namespace Amoeba.Tests.Simulation;

/// <content>Children: they come, work, answer late or twice, are stopped and go.</content>
internal sealed partial class Disaster
{
    private void Spawn(SimulatedParent parent, ChildSpec spec)
    {
        var child = new SimulatedChild(spec.Id) { Follower = parent };
        var isHeavy = _jobs[spec.Job].Decision.Cell == CellKind.Detached;
        parent.Children.Add(spec.Id, child);
        _invariants.Spawned(parent, child, isHeavy);
        _timeline.Plan(Span(0.2), () =>
        {
            if (!parent.Children.ContainsKey(child.Id))
            {
                return;
            }

            if (!isHeavy && Fault(0.03)) Fail(parent, child, "no hello");
            else Post(parent, new ChildReady(child.Id, null));
        });
    }

    private void Start(SimulatedParent parent, AttemptOrder order)
    {
        if (order.TakesUp)
        {
            TakeUp(parent, order);
            return;
        }

        var child = parent.Children[order.Child];
        if (child.Run is { } done)
        {
            Remove(done);
        }

        child.Running = order;
        child.IsStalled = Fault(0.05);
        var stage = _invariants.Started(parent, order, _jobs[order.Job]);
        child.Begin(_timeline.Now, Math.Max(1, (long)(stage.Stall.Ticks * Share(0.2, 0.99))));
        if (Outlives(order))
        {
            Begin(parent, child, order, stage.Timeout);
        }
        else if (!child.IsStalled) // else its timeout will end it, or that it gets nothing done
        {
            Work(parent, child, order);
        }
    }

    private void Finish(SimulatedParent parent, SimulatedChild child, AttemptOrder order)
    {
        if (Fault(0.06))
        {
            End(child);
            _invariants.Budgets.Failed(order);
            Fail(parent, child, "signal SEGV");
            return;
        }

        var end = Fault(0.15) ? AttemptEnd.Failed
            : Fault(0.01) ? AttemptEnd.Hopeless
            : Fault(0.02) ? AttemptEnd.OverLimit
            : AttemptEnd.Succeeded;
        Answer(parent, child, order, end);
        if (Fault(0.05))
        {
            Tell(parent, child, new AttemptEnded(new AttemptResult(order, end) { Error = "said twice" }));
        }

        if (child.Run is null && Fault(0.05))
        {
            var late = new AttemptEnded(new AttemptResult(order, AttemptEnd.Succeeded));
            _timeline.Plan(Span(20), () =>
            {
                foreach (var other in _parents)
                {
                    Post(other, late); // a zombie's word, to whoever listens
                }
            });
        }
    }

    /// <summary>Half of them have gone with their whole tree when it is told, and hold no slot from then on.</summary>
    private void Fail(SimulatedParent parent, SimulatedChild child, string reason)
    {
        var isDead = child.Run is null && Chance(0.5);
        if (isDead) _invariants.Gone(child);
        Tell(parent, child, new ChildFailed(child.Id, new ChildLoss(reason) { IsDead = isDead }));
    }

    private void Answer(SimulatedParent parent, SimulatedChild child, AttemptOrder order, AttemptEnd end)
    {
        End(child);
        if (end is not (AttemptEnd.Succeeded or AttemptEnd.Stopped))
        {
            _invariants.Budgets.Failed(order);
        }

        Tell(parent, child, new AttemptEnded(new AttemptResult(order, end)
        {
            Error = end == AttemptEnd.Succeeded ? null : end == AttemptEnd.OverLimit ? "memory: too much" : "exit 1",
            Figures = FiguresOf(order, end),
        }));
    }

    private void End(SimulatedChild child)
    {
        if (child.Running is { } order)
        {
            _invariants.Ended(order);
        }

        child.Running = null;
        child.IsStalled = false;
        child.Turn++;
    }

    private void Stop(SimulatedParent parent, StopAttempt stop)
    {
        if (!parent.Children.TryGetValue(stop.Child, out var child) || child.Running is not { } order)
        {
            return;
        }

        if (stop.Reason == StopReason.Stalled)
        {
            _invariants.Stalled(child);
        }
        else if (stop.Reason == StopReason.Timeout)
        {
            BudgetInvariants.TimedOut(child, Invariants.StageOf(_jobs[order.Job], order.Ordinal), _timeline.Now);
        }

        var turn = child.Turn;
        var wasTold = child.Run is not null && Chance(0.5); // before its parent died, if that does
        _timeline.Plan(child.IsStalled ? stop.Grace : Span(stop.Grace.TotalSeconds), () =>
        {
            if (child.Turn == turn && parent.Children.ContainsKey(child.Id))
            {
                var end = stop.Reason switch
                {
                    StopReason.Timeout => AttemptEnd.TimedOut,
                    StopReason.Stalled => AttemptEnd.Stalled,
                    _ => AttemptEnd.Stopped,
                };
                Answer(parent, child, order, end);
            }
            else if (child.Turn == turn && wasTold)
            {
                Answer(parent, child, order, AttemptEnd.Stopped);
            }
        });
    }

    private void Destroy(SimulatedParent parent, string id)
    {
        if (!parent.Children.TryGetValue(id, out var child))
        {
            Post(parent, new ChildGone(id));
            return;
        }

        _timeline.Plan(Span(0.5), () =>
        {
            if (parent.Children.ContainsKey(id))
            {
                Gone(parent, child);
                Post(parent, new ChildGone(id));
            }
        });
    }

    private void Gone(SimulatedParent parent, SimulatedChild child)
    {
        End(child);
        if (child.Run is { } done)
        {
            Remove(done);
        }

        parent.Children.Remove(child.Id);
        _invariants.Gone(child);
    }
}
