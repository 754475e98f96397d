using Amoeba.Engine;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Tests.Simulation;

/// <summary>The world that the engines of a disaster act upon.</summary>
internal sealed partial class Disaster
{
    private void Post(SimulatedParent parent, EngineEvent happened)
    {
        if (parent.IsAlive)
        {
            parent.Inbox.Enqueue(happened);
            PlanRound(parent);
        }
    }

    private void PlanRound(SimulatedParent parent)
    {
        if (!parent.RoundPlanned)
        {
            parent.RoundPlanned = true;
            _timeline.Plan(Span(0.02), () =>
            {
                parent.RoundPlanned = false;
                Round(parent);
            });
        }
    }

    /// <summary>A round of the loop: some of the events, one commit, the effects.</summary>
    private void Round(SimulatedParent parent)
    {
        if (!parent.Steps)
        {
            return;
        }

        for (var take = _random.Next(1, 8); take > 0 && parent.Inbox.TryDequeue(out var happened); take--)
        {
            parent.Core.Step(_timeline.Moment, happened);
        }

        if (!Commit(parent))
        {
            return;
        }

        var effects = parent.Core.Effects.ToArray();
        parent.Core.Effects.Clear();
        foreach (var effect in effects)
        {
            if (parent.IsAlive)
            {
                Carry(parent, effect);
            }
        }

        if (parent.Inbox.Count > 0)
        {
            PlanRound(parent);
        }
    }

    /// <summary>Commits, unless the disaster has it that the disk fails or the parent dies around it.</summary>
    private bool Commit(SimulatedParent parent)
    {
        IReadOnlyList<string> rejected;
        do
        {
            parent.Core.TakeBatch(_batch);
            if (_batch.IsEmpty)
            {
                return true;
            }

            if (Fault(0.004))
            {
                _invariants.Report.FailedCommits++;
                _batch.Clear();
                Die(parent);
                return false;
            }

            var result = _store.Commit(_batch);
            _invariants.Committed(_batch, result);
            var givesUp = _batch.Tasks.Exists(
                row => row.State == TaskState.Cancelled && _runs.ContainsKey((row.Job, row.Ordinal, row.Attempt)));
            _batch.Clear();
            if (givesUp && Fault(0.3))
            {
                Die(parent); // and nobody tells the workers
                return false;
            }

            rejected = result.Rejected;
            foreach (var job in rejected)
            {
                parent.Core.Effects.RemoveAll(
                    effect => effect.Job == job && effect is not DestroyChild and not LeaveChild and not JobForgotten);
                parent.Core.Step(_timeline.Moment, new JobLost(job));
            }
        }
        while (rejected.Count > 0);

        if (Fault(0.002))
        {
            Die(parent); // what was committed was never let out
            return false;
        }

        return true;
    }

    /// <summary>kill -9: nothing more is heard of it; its guardian ends its children, then lets the lock go.</summary>
    private void Die(SimulatedParent parent)
    {
        if (!parent.IsAlive)
        {
            return;
        }

        parent.IsAlive = false;
        AbandonAll(parent);
        _invariants.Report.Deaths++;
        _invariants.Report.Late += parent.Core.LateResults;
        _timeline.Plan(Span(1.5), () =>
        {
            foreach (var child in parent.Children.Values.ToList())
            {
                Gone(parent, child);
            }

            parent.IsLocked = false;
            _store.RemoveParent(parent.Id);
            if (_parents.Exists(other => other.IsAlive))
            {
                _timeline.Plan(Span(3), EndStrays);
            }
        });
        if (Chance(0.1) && _jobs.Values.FirstOrDefault(job => job.Decision.Cell == CellKind.Detached) is { } detached)
        {
            _timeline.Plan(Span(4), () => CancelAlone(detached.Record.Id));
        }

        if (!_parents.Any(other => other.IsAlive && !other.IsCommand))
        {
            _timeline.Plan(Span(5), () => NewParent());
        }

        if (Chance(0.3))
        {
            _timeline.Epoch += TimeSpan.FromHours(_random.Next(-48, 48));
        }
    }

    private void Carry(SimulatedParent parent, Effect effect)
    {
        switch (effect)
        {
            case SpawnChild spawn: Spawn(parent, spawn.Spec); break;
            case StartAttempt start: Start(parent, start.Order); break;
            case StopAttempt stop: Stop(parent, stop); break;
            case LookAtProgress look:
                if (parent.Children.TryGetValue(look.Order.Child, out var looked))
                {
                    Post(parent, new ProgressSeen(look.Order, looked.ProgressAt(_timeline.Now)));
                }

                break;
            case DestroyChild destroy: Destroy(parent, destroy.Child); break;
            case LeaveChild leave: Leave(parent, leave.Child); break;
            case YieldItems asked: Yield(parent, asked); break;
            case MergeResults merge:
                _timeline.Plan(
                    Span(1), () => Post(parent, new MergeEnded(merge.Job, merge.Number, OutputRef.None, null)));
                break;
            case LeaseWanted: Renew(parent); break;
            case TurnsWanted turns:
                var wall = _timeline.Moment.Wall;
                var given = _store.TakeTurns(turns.Kind, turns.Wanted, SpawnPace.PerSecond(10), wall);
                _turns += given.Count;
                Post(parent, new TurnsGiven(turns.Kind, [.. given.Select(at => at - wall)]));
                break;
            case JobSettled { State: JobState.AwaitingApproval } settled:
                var seen = _store.FindApproval(settled.Job)!;
                var late = seen.Expires is not null && Chance(0.5) ? TimeSpan.FromMinutes(1) : TimeSpan.Zero;
                _timeline.Plan(Span(20) + late, () => Answer(settled.Job, seen.Id));
                break;
            case JobSettled settled: PlanRetry(settled.Job, settled.State); break;
            case AnswerRequest { Error: { } error }:
                _invariants.Report.Refused += error.Contains("has changed", StringComparison.Ordinal) ? 1 : 0;
                break;
            case Oversaw or JobUnsettled or JobAccepted or JobForgotten or AnswerRequest: break;
            default: throw new InvariantBrokenException($"nobody carries out {effect}");
        }

        if (_store.FindJob(effect.Job) is { Status.State: JobState.Paused })
        {
            _timeline.Plan(Span(30), () => Ask(effect.Job, "resume", null, "test"));
        }
    }
}
