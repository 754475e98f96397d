using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Hosting.Running;

/// <summary>Carries out the engine's effects. On the loop's thread, but for what it hands to the thread pool.</summary>
internal sealed class ParentEdges(
    string parent, ParentOptions options, EngineLoop loop, IStore store, ICell[] cells,
    HostedJobs jobs, MergeRunner merges, FlowFeeder flows, MachineSight machine, DeadParents dead, AloneAttempts alone,
    Action<Oversaw> oversaw, Action<Exception> unusable) : IEffects
{
    private const int MachineEvery = 10;
    private const int DeadEvery = 10;
    private const int AloneEvery = 10;

    private readonly Dictionary<string, IChild> _children = [];
    private readonly HashSet<string> _asked = [];
    private LeaseWant _want;
    private Lease _lease;
    private Lease _alone = alone.Look();
    private int _polls;

    /// <summary>The children that are there, to be let go of when the loop cannot.</summary>
    public IReadOnlyCollection<IChild> Children => _children.Values;

    public void Release(Effect effect)
    {
        switch (effect)
        {
            case StartAttempt start: _children[start.Order.Child].Start(start.Order); break;
            case SpawnChild spawn:
                _children[spawn.Spec.Id] =
                    Array.Find(cells, cell => cell.Kind == spawn.Cell)!.Spawn(spawn.Spec, loop); break;
            case StopAttempt stop when _children.TryGetValue(stop.Child, out var child):
                child.Stop(stop.Reason, stop.Grace); break;
            case StopAttempt: break; // it went by itself meanwhile
            case LookAtProgress look when _children.TryGetValue(look.Order.Child, out var seen):
                loop.Post(new ProgressSeen(look.Order, seen.Progress));
                break;
            case LookAtProgress: break;
            case Oversaw act: oversaw(act); break;
            case DestroyChild destroy: Destroy(destroy.Child); break;
            case LeaveChild leave: LetGo(leave.Child, static child => child.Leave()); break;
            case YieldItems yield: flows.Ask(yield); break;
            case MergeResults merge: ThreadPool.UnsafeQueueUserWorkItem(_ => Merge(merge), null); break;
            case AnswerRequest answer: jobs.Answered(answer.Id, answer.Error); _asked.Remove(answer.Id); break;
            case JobAccepted accepted: jobs.Accepted(accepted.Job); break;
            case JobUnsettled unsettled: jobs.Unsettled(unsettled.Job); break;
            case JobSettled settled: jobs.Settled(settled.Job, settled.State); break;
            case JobForgotten forgotten: jobs.Forgotten(forgotten.Job, loop.Core); break;
            case LeaseWanted: Renew(); break;
            case TurnsWanted turns: TakeTurns(turns); break;
            default: throw new InvalidOperationException($"Nobody carries out {effect.GetType().Name}.");
        }
    }

    /// <summary>
    /// Looks for requests of other processes, settles the lease with other parents, and reads the machine.
    /// </summary>
    public void Poll()
    {
        if (loop.Core.Jobs.Count == 0)
        {
            return;
        }

        if (_polls++ % MachineEvery == 0)
        {
            loop.Post(machine.Look());
        }

        if (options.Home is null)
        {
            return;
        }

        foreach (var request in store.ListOpenRequests(null))
        {
            if (loop.Core.Owns(request.Job) && !_asked.Contains(request.Id))
            {
                loop.Post(Asked(request));
            }
        }

        if (_polls % AloneEvery == 0)
        {
            _alone = alone.Look();
        }

        if (_want.Wanted != default || _want.InUse != default)
        {
            Renew();
        }

        if (_lease != _want.Wanted && _polls % DeadEvery == 0)
        {
            dead.Bury(); // one of them may hold what this one wants
        }
    }

    /// <summary>A request as the engine takes it, once, with the rows it will need.</summary>
    public JobAsked Asked(RequestRecord request)
    {
        _asked.Add(request.Id);
        return new JobAsked(request, request.Kind == "retry" ? Retryable(request) : null);
    }

    private List<TaskRecord> Retryable(RequestRecord request)
    {
        var rows = new List<TaskRecord>();
        foreach (var state in (TaskState[])[TaskState.Failed, TaskState.Cancelled, TaskState.Skipped])
        {
            rows.AddRange(store.ReadTasks(request.Job, 0, int.MaxValue, state));
        }

        if (jobs.ContextOf(request.Job) is { Plan.Merge.IsTask: true } job
            && store.FindTask(job.Id, job.MergeOrdinal) is { State: TaskState.Succeeded } merge)
        {
            rows.Add(merge);
        }

        return rows;
    }

    private void Destroy(string id) => LetGo(id, static child => child.Destroy());

    private void LetGo(string id, Action<IChild> how)
    {
        if (_children.Remove(id, out var child))
        {
            how(child);
        }
        else
        {
            loop.Post(new ChildGone(id)); // it never was more than an intent
        }
    }

    private void Renew()
    {
        // As it is now, not as it was when the engine said so: until it hears of the new lease, the old one is what it
        // goes by, and so it has to hear of it before anything else.
        _want = loop.Core.TellWant();
        var lease = store.UpdateLease(parent, _want, Free(), options.Time.GetUtcNow());
        if (lease != _lease)
        {
            _lease = lease;
            loop.PostFirst(new LeaseChanged(lease));
        }
    }

    private void TakeTurns(TurnsWanted turns)
    {
        var pace = turns.Kind == PacedKind.Docker
            ? SpawnPace.PerMinute(options.DockerPerMinute)
            : SpawnPace.PerSecond(options.HeavyPerSecond);
        var now = options.Time.GetUtcNow();
        var given = store.TakeTurns(turns.Kind, turns.Wanted, pace, now);
        loop.PostFirst(new TurnsGiven(turns.Kind, [.. given.Select(at => at - now)]));
    }

    /// <summary>The caps without what runs that no parent has.</summary>
    private Lease Free() => new(
        options.Caps.Light, Math.Max(0, options.Caps.Heavy - _alone.Heavy),
        Math.Max(0, options.Caps.Programs - _alone.Programs),
        Math.Max(0, options.Caps.Memory - _alone.Memory));

    private void Merge(MergeResults merge)
    {
        if (jobs.ContextOf(merge.Job) is not { } context)
        {
            return; // given up before it began
        }

        try
        {
            loop.Post(new MergeEnded(merge.Job, merge.Number, merges.Merge(context), null));
        }
        catch (Exception error) when (error is StoreUnusableException or IOException)
        {
            unusable(error); // says nothing about the job: it merges again when the disk is there again
        }
        catch (Exception error)
        {
            loop.Post(new MergeEnded(merge.Job, merge.Number, OutputRef.None, error.Message));
        }
    }
}
