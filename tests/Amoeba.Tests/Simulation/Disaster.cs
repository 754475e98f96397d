using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Simulating;
using Amoeba.Stores.Memory;

namespace Amoeba.Tests.Simulation;

/// <summary>
/// A seeded disaster: the real engine on up to three parents over one store, in virtual time and often with
/// scarce caps, while children crash, stall, wait for quotas, answer late or twice, outlive their parents and
/// are taken up, budgets are used up, commits fail, parents die and come back or freeze, questions expire or
/// change, ended jobs are retried, and the wall clock jumps. Then the faults stop, and everything has to end.
/// The same seed plays the same disaster.
/// </summary>
internal sealed partial class Disaster : IDisposable
{
    private static readonly TimeSpan FaultsLast = TimeSpan.FromSeconds(90);

    private readonly Random _random;
    private readonly Timeline _timeline = new();
    private readonly MemoryStore _store = new();
    private readonly List<SimulatedParent> _parents = [];
    private readonly Dictionary<string, JobStart> _jobs = [];
    private readonly CommitBatch _batch = new();
    private readonly Invariants _invariants;
    private readonly Lease _caps;
    private int _parentsMade;
    private int _requests;

    private Disaster(int seed)
    {
        _random = new Random(seed);
        _caps = Chance(0.4)
            ? new Lease(_random.Next(1, 5), 4, _random.Next(1, 3), (long)_random.Next(64, 130) << 20)
            : new Lease(12, 4, 6, 512 << 20);
        _invariants = new Invariants(_store, _caps, (job, ordinal) =>
            _jobs[job].Stages.Any(stage => stage.IsMerge && stage.First == ordinal), FlowOf);
    }

    public void Dispose() => _store.Dispose();

    private bool FaultsOn => _timeline.Now < FaultsLast.Ticks;

    /// <summary>Plays one disaster.</summary>
    /// <exception cref="InvariantBrokenException">Something that must never happen did.</exception>
    public static DisasterReport Play(int seed)
    {
        using var disaster = new Disaster(seed);
        disaster.Run();
        return disaster._invariants.Report;
    }

    private bool Chance(double share) => _random.NextDouble() < share;

    private bool Fault(double share) => FaultsOn && Chance(share);

    private double Share(double least, double most) => least + (_random.NextDouble() * (most - least));

    private TimeSpan Span(double most) => TimeSpan.FromSeconds(_random.NextDouble() * most);

    private void Run()
    {
        for (var number = _random.Next(1, 4); number > 0; number--)
        {
            NewParent();
        }

        for (var number = _random.Next(1, 4); number > 0; number--)
        {
            var start = DisasterPlan.Random(_random, $"job{number}");
            _jobs.Add(start.Record.Id, start);
            _timeline.Plan(Span(10), () => Submit(start));
        }

        for (var number = _random.Next(0, 6); number > 0; number--)
        {
            _timeline.Plan(Span(80), Meddle);
        }

        var steps = 0;
        while (!AllEnded())
        {
            if (steps++ > 200_000 || !Next())
            {
                throw new InvariantBrokenException($"not everything ended: {Unfinished()}");
            }
        }

        _invariants.CheckEnd(_jobs.Values);
    }

    /// <summary>Goes to whatever is next: a plan of the world, or a timer of an engine.</summary>
    private bool Next()
    {
        var due = _parents.Where(parent => parent.Steps).Select(parent => parent.Core.NextDue())
            .DefaultIfEmpty(long.MaxValue).Min();
        if (due < _timeline.NextAt)
        {
            _timeline.AdvanceTo(due);
            foreach (var parent in _parents.Where(parent => parent.Steps && parent.Core.NextDue() <= due).ToList())
            {
                Post(parent, TimePassed.Instance);
                Round(parent);
            }

            return true;
        }

        return _timeline.Advance();
    }

    private bool AllEnded() =>
        _jobs.Count > 0 && _commands == 0 && _runs.Count == 0
            && _timeline.Now >= FaultsLast.Ticks && _jobs.Keys.All(id =>
        _store.FindJob(id) is { } job && JobLife.IsEnded(job.Status.State))
        && _parents.All(parent => parent.IsAlive ? parent.Core.IsEmpty : !parent.IsLocked);

    private string Unfinished() => string.Join("; ", _jobs.Keys.Select(id => _store.FindJob(id) is { } job
        ? $"{id} {job.Status.State} {job.Status.Counts} owner {job.Owner}"
        : $"{id} was never accepted"))
        + $", {_runs.Count} detached attempts on disk, at {TimeSpan.FromTicks(_timeline.Now)}";

    private SimulatedParent NewParent()
    {
        var parent = Register(new SimulatedParent($"p{++_parentsMade}", _caps));
        PlanDeath(parent);
        PlanFreeze(parent);
        PlanTakeOver(parent);
        return parent;
    }

    private SimulatedParent Register(SimulatedParent parent)
    {
        _parents.Add(parent);
        EndStrays();
        _store.AddParent(new ParentRecord(parent.Id, 1, "boot", 1, _timeline.Moment.Wall, "test"));
        PlanRound(parent);
        return parent;
    }

    /// <summary>
    /// It stops stepping for long (a suspended process, a dead slow disk) while its lock stays held, and goes on.
    /// </summary>
    private void PlanFreeze(SimulatedParent parent)
    {
        if (!FaultsOn || !Chance(0.3))
        {
            return;
        }

        _timeline.Plan(Span(60), () =>
        {
            _invariants.Report.Freezes++;
            parent.IsFrozen = true;
            _timeline.Plan(Span(40), () =>
            {
                parent.IsFrozen = false;
                PlanRound(parent);
            });
        });
    }

    private void PlanDeath(SimulatedParent parent)
    {
        if (FaultsOn && Chance(0.5))
        {
            _timeline.Plan(Span(60), () => Die(parent));
        }
    }

    /// <summary>Every parent looks from time to time for jobs whose owner is gone, and settles its lease.</summary>
    private void PlanTakeOver(SimulatedParent parent) => _timeline.Plan(TimeSpan.FromSeconds(2) + Span(1), () =>
    {
        if (!parent.IsAlive)
        {
            return;
        }

        if (parent.Steps)
        {
            foreach (var id in _jobs.Keys)
            {
                TakeOver(parent, id);
            }

            Renew(parent);
        }

        PlanTakeOver(parent);
    });

    private void TakeOver(SimulatedParent parent, string id)
    {
        if (_store.FindJob(id) is not { } job || JobLife.IsEnded(job.Status.State)
            || parent.Core.Jobs.Any(live => live.Id == id) || !GoesOn(job))
        {
            return;
        }

        if (Fault(0.1))
        {
            // What would run is no longer what was asked about, or allowed.
            _jobs[id] = _jobs[id] with { ApprovalHash = $"hash {_random.Next()}" };
        }

        Take(parent, job, goOn: true);
    }

    /// <returns>False where it has a living owner, or another was faster.</returns>
    private bool Take(SimulatedParent parent, StoredJob job, bool goOn)
    {
        var ownerIsGone = job.Owner is null || !_parents.Any(other => other.Id == job.Owner && other.IsLocked);
        if (!ownerIsGone || _store.Acquire(job.Id, parent.Id, job.Epoch) is not { } epoch)
        {
            return false;
        }

        var start = _jobs[job.Id];
        var open = _store.ReadTasks(job.Id, 0, int.MaxValue).Where(row =>
            row.State is TaskState.Waiting or TaskState.Running || IsMadeMerge(start, row)).ToList();
        var (outliving, unbegun) = Reclaim(job.Id, open);
        Post(parent, new JobTaken(
            start, _store.FindJob(job.Id)!, epoch, _store.ReadMarks(job.Id), open, _store.FindApproval(job.Id), goOn)
        {
            Flows = FlowsOf(job.Id),
            Outliving = outliving,
            Unbegun = unbegun,
        });
        return true;
    }

    private static bool IsMadeMerge(JobStart start, TaskRecord row) =>
        start.Stages[^1] is { IsMerge: true } merge && row.Ordinal == merge.First && row.State == TaskState.Succeeded;

    private void Submit(JobStart start)
    {
        var living = _parents.FindAll(parent => parent.IsAlive && !parent.IsCommand);
        var parent = living.Count > 0 ? living[_random.Next(living.Count)] : NewParent();
        Post(parent, new JobSubmitted(start));
        PlanSubmitAgain(start);
    }

    /// <summary>Whoever hands a job in hears nothing if the parent dies first, and hands it in again.</summary>
    private void PlanSubmitAgain(JobStart start) => _timeline.Plan(TimeSpan.FromSeconds(5), () =>
    {
        var id = start.Record.Id;
        if (_store.FindJob(id) is not null)
        {
            return;
        }

        if (_parents.Any(parent => parent.IsAlive && (parent.Core.Jobs.Any(job => job.Id == id)
            || parent.Inbox.Any(happened => happened is JobSubmitted submitted && submitted.Start == start))))
        {
            PlanSubmitAgain(start); // it is slow, not dead
            return;
        }

        Submit(start);
    });

    /// <summary>Somebody asks something of a job.</summary>
    private void Meddle()
    {
        var id = _jobs.Keys.ElementAt(_random.Next(_jobs.Count));
        string[] kinds = ["pause", "resume", "width", "cancel", "stop_child", "approve", "deny"];
        var kind = kinds[_random.Next(Chance(0.3) ? kinds.Length : 3)];
        if (kind is "approve" or "deny")
        {
            Answer(id, _store.FindApproval(id)?.Id ?? "none");
            return;
        }

        Ask(id, kind, kind == "width" ? $"{_random.Next(1, 12)}" : null, "test");
    }

    /// <summary>A person answers the question that was seen, which may be answered or asked anew by now.</summary>
    private void Answer(string id, string question) => Ask(
        id, Chance(0.7) ? "approve" : "deny", new AnswerArgument(question).Write(), Invariants.PersonWhoSaw + question);

    private void Ask(string id, string kind, string? argument, string by)
    {
        var owner = _parents.Find(parent => parent.IsAlive && parent.Core.Owns(id));
        if (owner is null)
        {
            return;
        }

        if (kind == "stop_child")
        {
            argument = owner.Core.Children.Keys.FirstOrDefault();
        }

        Post(owner, new JobAsked(new RequestRecord($"r{++_requests}", id, kind, argument, by, _timeline.Moment.Wall)));
    }
}

internal sealed class InvariantBrokenException(string message) : Exception(message);

/// <summary>What a disaster did, to see that it was one.</summary>
internal sealed record DisasterReport
{
    public int Starts { get; set; }

    public int Results { get; set; }

    public int Deaths { get; set; }

    public int Freezes { get; set; }

    public int Stalls { get; set; }

    public int Retries { get; set; }

    public int Expired { get; set; }

    public int Refused { get; set; }

    public int FailedCommits { get; set; }

    public int Lost { get; set; }

    public long Late { get; set; }

    /// <summary>Attempts that waited for a quota.</summary>
    public int Waits { get; set; }

    /// <summary>Jobs that stopped at their budget and got more.</summary>
    public int Raised { get; set; }

    /// <summary>Detached attempts that another parent took up.</summary>
    public int TakenUp { get; set; }

    /// <summary>Detached attempts whose workers never came up.</summary>
    public int Unbegun { get; set; }

    /// <summary>Detached attempts that another parent took back, because they had not begun.</summary>
    public int TakenBack { get; set; }

    /// <summary>Of those taken up, the ones that had ended by then.</summary>
    public int EndedAlone { get; set; }

    /// <summary>Detached attempts that ran and that nobody wanted any more.</summary>
    public int Strays { get; set; }

    /// <summary>Jobs that were cancelled while they had no parent and a detached attempt ran.</summary>
    public int CancelledAlone { get; set; }
}
