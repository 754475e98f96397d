using System.Text.Json;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Hosting.Reading;

/// <summary>
/// The one read API of all faces. It only reads, and works beside any number of parents that write. Nothing it
/// returns is kept up to date: ask again when <see cref="Rev"/> grew.
/// </summary>
/// <param name="store">The store's reading side.</param>
/// <param name="outputs">Where outputs are.</param>
/// <param name="items">Opens the stages and items of a job.</param>
/// <param name="lives">Says whether a parent lives.</param>
/// <param name="time">The wall's clock.</param>
/// <param name="detached">What outlives its parent; null where nothing does.</param>
internal sealed class JobReader(
    IStoreReader store, IOutputs outputs, Func<JobRecord, IJobItems> items, Func<string, bool> lives, TimeProvider time,
    DetachedSight? detached = null)
{
    public const string LastJob = "last";

    /// <summary>So many different errors are told apart; nobody reads more of them at once.</summary>
    private const int MostErrors = 50;

    /// <summary>Entries of a job's audit among which acts are looked for.</summary>
    private const int MostActs = 500;

    /// <summary>Number of the newest commit.</summary>
    public long Rev() => store.Rev();

    /// <summary>Finds a job by id, unique prefix, or `last`, the one created last.</summary>
    /// <exception cref="PlanException">There is none, or several.</exception>
    public JobView Find(string name)
    {
        if (name == LastJob)
            return store.ListJobs(null, 1) is [var last] ? View(last) : throw new PlanException("there is no job yet.");
        if (store.FindJob(name) is { } exact) return View(exact);
        var ids = name.Length == 0 ? [] : store.FindJobIds(name, 6);
        return ids.Count switch
        {
            1 => View(store.FindJob(ids[0]) ?? throw Unknown(name)),
            0 => throw Unknown(name),
            _ => throw new PlanException($"'{name}' begins the ids of several jobs: {string.Join(", ", ids.Take(5))}"
                + (ids.Count > 5 ? " and more" : "") + ". Give more of it."),
        };
    }

    /// <summary>A job by its whole id, or null.</summary>
    public JobView? FindById(string id) => store.FindJob(id) is { } job ? View(job) : null;

    /// <summary>Newest first; <paramref name="state"/> null is all.</summary>
    public IEnumerable<JobView> List(JobState? state, int limit)
    {
        // Which job is interrupted is known only here, so that states that may hide it are read and looked at again.
        JobState[]? stored = state switch
        {
            null => null,
            JobState.Interrupted => [JobState.Interrupted, JobState.Queued, JobState.Running, JobState.Paused],
            _ => [state.Value],
        };
        return store.ListJobs(stored, stored is [_] or null ? limit : int.MaxValue).Select(View)
            .Where(job => state is null || job.State == state).Take(limit);
    }

    /// <summary>What the jobs came to that ended at a moment or later, oldest first.</summary>
    public IReadOnlyList<JobFigures> Figures(DateTimeOffset since) => store.ListFigures(since);

    /// <summary>Every task of the plan in plan order, each with its items where <paramref name="withItems"/>.</summary>
    public IEnumerable<TaskView> Tasks(JobView job, bool withItems = true, bool withMerge = false)
    {
        using var spool = items(job.Record);
        var rows = new TaskRows(store, job.Stored, Skipped(job.Status));
        foreach (var stage in spool.Stages)
        {
            if (stage.IsMerge && !withMerge) continue;
            using var stageItems = (withItems && stage.HasItems
                ? stage.Runs.SelectMany(run => spool.Read(stage, run.First, run.Count))
                : []).GetEnumerator();
            foreach (var (_, row) in rows.Read(
                [stage])) yield return View(job, stage, row, Take(stageItems, row.Items));
        }
    }

    /// <summary>Tasks that have a row and are in a state, in plan order, at most <paramref name="limit"/>.</summary>
    public IReadOnlyList<TaskView> InState(JobView job, TaskState state, int limit)
    {
        var isCut = job.IsStopped && state == TaskState.Running;
        var rows = store.ReadTasks(job.Id, 0, isCut ? int.MaxValue : limit, state);
        if (isCut) rows = [.. rows.Where(row => job.GoOn.Contains(row.Ordinal)).Take(limit)];
        if (rows.Count == 0) return [];
        using var spool = items(job.Record);
        return [.. rows.Select(row => View(job, spool, row)).OfType<TaskView>()];
    }

    /// <summary>Failed tasks, those with the same error as one: the first of them, and how many there are.</summary>
    public IReadOnlyList<(TaskView First, int Count)> Failures(JobView job)
    {
        var alike = new Dictionary<string, (TaskRecord First, int Count)>(StringComparer.Ordinal);
        foreach (var row in store.ReadTasks(job.Id, 0, int.MaxValue, TaskState.Failed))
        {
            var error = row.Error ?? "";
            alike[error] = alike.TryGetValue(error, out var known) ? (known.First, known.Count + 1) : (row, 1);
            if (alike.Count == MostErrors) break;
        }

        using var spool = items(job.Record);
        return [.. alike.Values.OrderBy(pair => pair.First.Ordinal)
            .Select(pair => (First: View(job, spool, pair.First), pair.Count))
            .Where(pair => pair.First is not null).Select(pair => (pair.First!, pair.Count))];
    }

    /// <summary>The task at an ordinal, or null.</summary>
    public TaskView? Task(JobView job, int ordinal)
    {
        using var spool = items(job.Record);
        var stage = spool.Stages.LastOrDefault(stage => stage.First <= ordinal);
        if (stage is null || ordinal >= stage.First + stage.Items) return null;
        var row = store.FindTask(job.Id, ordinal)
            ?? BatchOf(job, stage, ordinal)
            ?? new TaskRows(store, job.Stored, Skipped(job.Status)).Unstarted(stage, ordinal, ordinal + 1);
        return View(job, spool, row);
    }

    /// <summary>The row of the batch that an item is in, unless the batch was taken apart.</summary>
    private TaskRecord? BatchOf(JobView job, StageView stage, int ordinal)
    {
        var first = ordinal - (ordinal - stage.First) % stage.Batch;
        return first < ordinal && store.FindTask(job.Id, first) is { } row && ordinal < row.Ordinal + row.Items
            ? row
            : null;
    }

    /// <summary>Rows written after a commit, for followers; each with its items.</summary>
    public (IReadOnlyList<TaskView> Tasks, long Rev) Since(JobView job, long rev, int limit)
    {
        var changes = store.ReadTasksSince(job.Id, rev, limit);
        if (changes.Tasks.Count == 0) return ([], changes.Rev);
        using var spool = items(job.Record);
        return ([.. changes.Tasks.Select(row => View(job, spool, row)).OfType<TaskView>()], changes.Rev);
    }

    public IReadOnlyList<StageView> Stages(JobView job)
    {
        using var spool = items(job.Record);
        return spool.Stages;
    }

    /// <summary>Children of living parents, of one job or (null) of all.</summary>
    public IReadOnlyList<ChildView> Children(string? job)
    {
        var there = store.ListChildren().Where(child => job is null || child.Job == job);
        var views = new List<ChildView>();
        foreach (var group in there.GroupBy(child => (child.Job, child.Parent)))
        {
            if (!lives(group.Key.Parent)) continue;
            var running = new Dictionary<string, TaskRecord>(StringComparer.Ordinal);
            foreach (var row in store.ReadTasks(group.Key.Job, 0, int.MaxValue, TaskState.Running))
            {
                if (row.Child is { } child) running[child] = row;
            }

            views.AddRange(group.Select(child => View(child, running.GetValueOrDefault(child.Id))));
        }

        return views;
    }

    /// <summary>The task that runs on a child, with its items, or null.</summary>
    public TaskView? TaskOf(ChildView child)
    {
        if (child.Task is not { } row || store.FindJob(child.Record.Job) is not { } job) return null;
        using var spool = items(job.Record);
        return View(View(job), spool, row);
    }

    /// <summary>What children of a job wait for that is no work of their own, most children first.</summary>
    public IReadOnlyList<WaitView> Waits(JobView job) => !HasLivingOwner(job) ? [] :
    [
        .. store.ListChildren()
            .Where(child => child.Job == job.Id && child.Parent == job.Stored.Owner && child.WaitsFor is not null)
            .GroupBy(child => child.WaitsFor!)
            .Select(group => new WaitView(group.Key, group.Min(child => child.WaitsUntil), group.Count(),
                group.Count(child => !child.IsToBeStarted)))
            .OrderByDescending(wait => wait.Children).ThenBy(wait => wait.For, StringComparer.Ordinal),
    ];

    /// <summary>The ids of those children.</summary>
    public IReadOnlySet<string> Waiting(JobView job) => store.ListChildren()
        .Where(child => child.Job == job.Id && child.WaitsFor is not null)
        .Select(child => child.Id).ToHashSet(StringComparer.Ordinal);

    /// <summary>What a job may use and has used.</summary>
    public static Usage UsageOf(JobView job) => new(BudgetOf(job), job.Status.Tokens, job.Status.CostUsd, job.Seconds);

    // Most plans have no budget, and reading a plan is much for a display that is drawn ten times a second.
    private static BudgetSpec BudgetOf(JobView job) => job.Status.Budget is { } given
        ? BudgetWords.Read(given, BudgetSpec.None)
        : job.Record.PlanJson.Contains("\"budget\"", StringComparison.Ordinal)
            ? PlanJson.Read(job.Record.PlanJson).Budget
            : BudgetSpec.None;

    public ApprovalRecord? Approval(JobView job) => store.FindApproval(job.Id);

    public IReadOnlyList<AuditRecord> Audit(string? job, int limit) => store.ListAudit(job, limit);

    /// <summary>What the overseer did to a job's children, oldest first.</summary>
    public IReadOnlyList<AuditRecord> Acts(JobView job) =>
        [.. store.ListAudit(job.Id, MostActs).Where(entry => entry.What == "overseer").Reverse()];

    /// <summary>True where a living parent owns the job, so that it takes requests.</summary>
    public bool HasLivingOwner(JobView job) => job.Stored.Owner is { } owner && lives(owner);

    public Stream Open(JobView job, OutputRef output) => outputs.Read(job.Id, output);

    /// <summary>A file with exactly these bytes; ordinal -1 is the merged output's.</summary>
    public string FileOf(JobView job, int ordinal, OutputRef output) => outputs.Materialize(job.Id, ordinal, output);

    /// <summary>What a running attempt has written so far from an offset on, or null.</summary>
    public Stream? OpenLive(JobView job, TaskView task, long offset) =>
        (HasLivingOwner(job) ? null : detached?.OpenOutput(job.Id, task.Ordinal, task.Attempt, offset))
        ?? outputs.ReadLive(job.Id, task.Ordinal, task.Attempt, offset);

    /// <summary>The task's detached child is at it, and no parent follows it.</summary>
    public bool IsAlone(JobView job, TaskView task) =>
        !HasLivingOwner(job) && detached?.IsAtWork(job.Id, task.Ordinal, task.Attempt) == true;

    /// <summary>The task's detached child is done with it, and no parent has recorded that.</summary>
    public bool HasEndedAlone(JobView job, TaskView task) =>
        !HasLivingOwner(job) && detached?.HasEnded(job.Id, task.Ordinal, task.Attempt) == true;

    private JobView View(StoredJob job)
    {
        var state = job.Status.State;
        var orphaned = state is JobState.Queued or JobState.Running or JobState.Paused
            && (job.Owner is not { } owner || !lives(owner));
        var stopped = !JobLife.IsEnded(state) && !(job.Owner is { } last && lives(last));
        return new JobView(job, orphaned ? JobState.Interrupted : state, Seconds(job.Status, orphaned))
        {
            IsStopped = stopped,
            GoOn = stopped ? GoOn(job.Id) : JobView.None,
        };
    }

    /// <summary>
    /// What tasks of a job without an owner ran on is gone with it, but for children that outlive one.
    /// </summary>
    private IReadOnlySet<int> GoOn(string job)
    {
        if (detached?.GoingOn(job) is not { Count: > 0 } attempts) return JobView.None;
        return store.ReadTasks(job, 0, int.MaxValue, TaskState.Running)
            .Where(row => attempts.Contains((row.Ordinal, row.Attempt))).Select(row => row.Ordinal).ToHashSet();
    }

    /// <summary>
    /// Of an orphan nobody knows when it stopped; what it had before the last stretch is what is certain.
    /// </summary>
    private double Seconds(JobStatusRecord status, bool orphaned) => status.ActiveSince is { } since && !orphaned
        ? status.ActiveSeconds + Math.Max(0, (time.GetUtcNow() - since).TotalSeconds)
        : status.ActiveSeconds;

    private static ChildView View(ChildRecord child, TaskRecord? task)
    {
        var state = child.State is not (ChildState.Ready or ChildState.Idle or ChildState.Busy) ? child.State
            : task is not null ? ChildState.Busy
            : child.State == ChildState.Busy ? ChildState.Idle
            : child.State;
        return new ChildView(child, state, task);
    }

    private static TaskView? View(JobView job, IJobItems spool, TaskRecord row)
    {
        var stage = spool.Stages.LastOrDefault(stage => stage.First <= row.Ordinal);
        if (stage is null) return null;
        IReadOnlyList<Item> own = stage.HasItems ? [.. spool.Read(stage, row.Ordinal - stage.First, row.Items)] : [];
        return View(job, stage, row, own);
    }

    private static TaskView View(JobView job, StageView stage, TaskRecord row, IReadOnlyList<Item> items) => new()
    {
        Stage = stage,
        Ordinal = row.Ordinal,
        Count = row.Items,
        State = job.IsStopped && row.State == TaskState.Running && !job.GoOn.Contains(row.Ordinal)
            ? TaskState.Waiting
            : row.State,
        Attempt = row.Attempt,
        Seconds = TaskState.Running == row.State ? null
            : row.Figures?.Execution ?? (row.Finished - row.Started)?.TotalSeconds,
        Started = row.Started,
        Child = row.Child,
        Error = row.State == TaskState.Running ? null : row.Error, // else it is that of the attempt before
        Output = row.Output,
        Figures = row.Figures,
        Earlier = row.Earlier,
        Items = items,
    };

    private static List<Item> Take(IEnumerator<Item> items, int count)
    {
        var taken = new List<Item>(Math.Min(count, 16));
        while (count-- > 0 && items.MoveNext()) taken.Add(items.Current);
        return taken;
    }

    private static Dictionary<string, string> Skipped(JobStatusRecord status)
    {
        var reasons = new Dictionary<string, string>(StringComparer.Ordinal);
        if (status.SkippedJson is null) return reasons;
        using var document = JsonDocument.Parse(status.SkippedJson);
        foreach (var stage in document.RootElement.EnumerateObject())
            reasons[stage.Name] = stage.Value.GetString() ?? "";
        return reasons;
    }

    private static PlanException Unknown(string name) =>
        new($"there is no job '{name}'. 'amoeba jobs' lists them; a unique prefix of an id is enough, or 'last'.");
}
