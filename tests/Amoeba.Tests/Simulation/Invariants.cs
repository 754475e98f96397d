using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Tests.Simulation;

/// <summary>What must hold after every step of a disaster, seen from outside of the engine.</summary>
/// <param name="store">The store that all parents share.</param>
/// <param name="caps">What they may use together.</param>
/// <param name="isMerge">Whether an ordinal of a job is its merge.</param>
/// <param name="flows">What has flowed into a stage of a job.</param>
internal sealed class Invariants(
    IStoreReader store, Lease caps, Func<string, int, bool> isMerge, Func<string, int, SimulatedFlow> flows)
{
    /// <summary>Who answers says so, with the question.</summary>
    public const string PersonWhoSaw = "who saw ";

    private readonly Dictionary<(string Job, int Ordinal), TaskRecord> _rows = [];
    private readonly HashSet<(string Job, int Ordinal, int Attempt)> _started = [];
    private readonly Dictionary<(string Job, int Ordinal), AttemptOrder> _running = [];
    private readonly Dictionary<string, StagePlan> _stages = [];
    private readonly HashSet<(string Job, int Ordinal, int Attempt)> _abandoned = [];
    private readonly Dictionary<string, bool> _children = [];

    public DisasterReport Report { get; } = new();

    public BudgetInvariants Budgets { get; } = new(store);

    /// <summary>The stage that an ordinal falls into.</summary>
    public static StagePlan StageOf(JobStart job, int ordinal) =>
        job.Stages.Last(stage => (stage.Items > 0 || stage.From is not null) && stage.First <= ordinal);

    private static void Must(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new InvariantBrokenException(otherwise);
        }
    }

    public void Committed(CommitBatch batch, CommitResult result)
    {
        foreach (var row in batch.Tasks)
        {
            if (result.Rejected.Contains(row.Job))
            {
                continue;
            }

            if (_rows.TryGetValue((row.Job, row.Ordinal), out var before))
            {
                Must(before.State != TaskState.Succeeded
                    || (isMerge(row.Job, row.Ordinal) && row.Attempt > before.Attempt),
                    $"{row.Job}/{row.Ordinal} succeeded and was written again");
                Must(row.Attempt >= before.Attempt, $"{row.Job}/{row.Ordinal} went back to attempt {row.Attempt}");
            }

            if (row.State == TaskState.Succeeded)
            {
                Must(_started.Contains((row.Job, row.Ordinal, row.Attempt)),
                    $"{row.Job}/{row.Ordinal} has a result of attempt {row.Attempt}, which never started");
                Report.Results++;
            }

            Report.Lost += row.Losses > (before?.Losses ?? 0) ? 1 : 0;
            _rows[(row.Job, row.Ordinal)] = row;
        }

        Budgets.Committed(batch, result);
        foreach (var approval in batch.Approvals.Where(approval => !result.Rejected.Contains(approval.Job)))
        {
            Must(approval.By?.StartsWith(PersonWhoSaw, StringComparison.Ordinal) != true
                || approval.By == PersonWhoSaw + approval.Id,
                $"{approval.Id} was answered by someone {approval.By}");
            Must(approval.Answer != "expired" || approval.Expires is not null,
                $"{approval.Id} expired, which it never should");
            Report.Expired += approval.Answer == "expired" ? 1 : 0;
        }
    }

    public void Spawned(SimulatedParent parent, SimulatedChild child, bool isHeavy)
    {
        Must(_children.TryAdd(child.Id, isHeavy), $"child {child.Id} was made twice");
        var light = _children.Values.Count(heavy => !heavy);
        Must(light <= caps.Light, $"{light} children of {parent.Id} and others: over the cap");
    }

    /// <summary>
    /// Its parent is gone. It counts against no cap from here on: whoever takes it up takes it as it is.
    /// </summary>
    public void Abandoned(AttemptOrder order) => _abandoned.Add((order.Job, order.Ordinal, order.Attempt));

    public void TakenUp(AttemptOrder order)
    {
        Report.TakenUp++;
        Must(_started.Contains((order.Job, order.Ordinal, order.Attempt)), $"{order} takes up what never started");
        // Taken up only to be stopped, where its job was cancelled in the same breath.
        Must(store.FindTask(order.Job, order.Ordinal) is { State: TaskState.Running or TaskState.Cancelled } row
            && row.Attempt == order.Attempt,
            $"{order} takes up what is not the present attempt: {store.FindTask(order.Job, order.Ordinal)}");
    }

    public void Gone(SimulatedChild child) => _children.Remove(child.Id);

    /// <returns>The stage that the attempt is of.</returns>
    public StagePlan Started(SimulatedParent parent, AttemptOrder order, JobStart job)
    {
        Report.Starts++;
        Must(_started.Add((order.Job, order.Ordinal, order.Attempt)), $"{order} started twice");
        Must(!_running.ContainsKey((order.Job, order.Ordinal)), $"{order} started while another attempt runs");
        var row = store.FindTask(order.Job, order.Ordinal);
        Must(row is { State: TaskState.Running } && row.Attempt == order.Attempt,
            $"{order} started without a claim: {row}");
        var stage = StageOf(job, order.Ordinal);
        foreach (var need in stage.Needs)
        {
            CheckNeed(order, stage, job.Stages[need], ItemsOf(job, need));
        }

        CheckGroup(order, stage, job);
        Budgets.Started(order, job, [.. _running.Values.Where(other => other.Job == order.Job)]);
        _running.Add((order.Job, order.Ordinal), order);
        _stages[order.Child] = stage;
        var attached =
            _running.Values.Where(running => !_abandoned.Contains((running.Job, running.Ordinal, running.Attempt)))
                .ToList();
        var heavy = attached.Count(running => _children.GetValueOrDefault(running.Child));
        Must(heavy <= caps.Heavy, $"{heavy} heavy children at work at {parent.Id} and others: over the cap");
        var programs = attached.Count(running => _stages[running.Child].Program);
        Must(programs <= caps.Programs, $"{programs} programs at once at {parent.Id}: over the cap");
        var memory = attached.Sum(running => _stages[running.Child].Memory);
        Must(memory <= caps.Memory, $"{memory} bytes at once at {parent.Id}: over the cap");
        return stage;
    }

    /// <summary>A task that gets on, however slowly, is never ended for that.</summary>
    public void Stalled(SimulatedChild child)
    {
        Must(child.IsStalled, $"{child.Running} was taken for stuck, and it gets on");
        Report.Stalls++;
    }

    public void Ended(AttemptOrder order) => _running.Remove((order.Job, order.Ordinal));

    private int ItemsOf(JobStart job, int stage) =>
        job.Stages[stage].Items + (job.Stages[stage].From is null ? 0 : flows(job.Record.Id, stage).Groups.Count);

    /// <summary>Of a group one runs at a time.</summary>
    private void CheckGroup(AttemptOrder order, StagePlan stage, JobStart job)
    {
        if (!stage.IsGrouped)
        {
            return;
        }

        var index = job.Stages.ToList().IndexOf(stage);
        var groups = stage.From is null ? stage.Groups! : flows(order.Job, index).Groups;
        foreach (var other in _running.Values)
        {
            var item = other.Ordinal - stage.First;
            Must(other.Job != order.Job || item < 0 || item >= groups.Count
                || groups[item] != groups[order.Ordinal - stage.First],
                $"{order} started while {other} of its group runs");
        }
    }

    private void CheckNeed(AttemptOrder order, StagePlan stage, StagePlan need, int items)
    {
        for (var item = 0; item < items; item++)
        {
            var row = store.FindTask(order.Job, need.First + item);
            if (row is null)
            {
                Must(need.Batch > 1 || stage.IsMerge, $"{order} started before {need.Id}/{item} did");
                continue;
            }

            Must(stage.IsMerge ? TaskLife.IsEnded(row.State) : row.State == TaskState.Succeeded,
                $"{order} started while {need.Id}/{item} is {row.State}");
        }
    }

    /// <summary>Everything ended: the figures fit, and nothing is left over.</summary>
    public void CheckEnd(IEnumerable<JobStart> jobs)
    {
        Must(_running.Count == 0, $"{_running.Count} attempts still run");
        Must(_children.Count == 0, $"{_children.Count} children are left");
        Must(store.ListChildren().Count == 0, "rows of children are left");
        foreach (var start in jobs)
        {
            CheckJob(start, store.FindJob(start.Record.Id)!);
        }
    }

    /// <summary>Every result has yielded, unless the job was ended early.</summary>
    private void CheckFlows(JobStart start, StoredJob job, IReadOnlyList<TaskRecord> rows)
    {
        if (job.Status.Counts.Cancelled > 0 || job.Status.State == JobState.Cancelled
            || start.OnFailure == FailurePolicy.Stop)
        {
            return;
        }

        for (var index = 0; index < start.Stages.Count; index++)
        {
            if (start.Stages[index].From is not { } from)
            {
                continue;
            }

            var first = start.Stages[from].First;
            var end = first + ItemsOf(start, from);
            var flow = flows(job.Id, index);
            Must(rows.Where(row => row.State == TaskState.Succeeded && row.Ordinal >= first && row.Ordinal < end)
                .All(row => flow.Chunks.ContainsKey(row.Ordinal)), $"{job.Id} lost what a result yielded");
        }
    }

    private void CheckJob(JobStart start, StoredJob job)
    {
        var rows = store.ReadTasks(job.Id, 0, int.MaxValue);
        var merge = start.Stages.FirstOrDefault(stage => stage.IsMerge)?.First ?? int.MaxValue;
        Must(rows.All(row => TaskLife.IsEnded(row.State)),
            $"{job.Id} is {job.Status.State} ({job.Status.Reason}) with tasks that have not ended: "
            + string.Join(", ", rows.Where(row => !TaskLife.IsEnded(row.State)).Take(3))
            + string.Concat(store.ListAudit(job.Id, 20)
                .Select(entry => $"\n  {entry.At:mm:ss.ff} {entry.Who} {entry.What}: {entry.Why}")));
        var counts = job.Status.Counts;
        Must(counts.Running == 0 && counts.Waiting == 0, $"{job.Id} ended with {counts}");
        Must(counts.Succeeded == rows.Count(row => row.State == TaskState.Succeeded && row.Ordinal < merge),
            $"{job.Id} counts {counts.Succeeded} successes");
        Must(counts.Failed == rows.Count(row => row.State == TaskState.Failed && row.Ordinal < merge),
            $"{job.Id} counts {counts.Failed} failures");
        if (job.Status.State == JobState.Succeeded)
        {
            Must(counts.Succeeded == counts.Total, $"{job.Id} succeeded with {counts}");
            var items = Enumerable.Range(0, start.Stages.Count).Where(stage => !start.Stages[stage].IsMerge)
                .Sum(stage => ItemsOf(start, stage));
            Must(rows.Where(row => row.Ordinal < merge).Sum(row => row.Items) == items, $"{job.Id} lost items");
        }

        BudgetInvariants.CheckEnd(start, job.Status);
        CheckFlows(start, job, rows);
        // Who died while it held an ended job leaves its name: nobody takes an ended job over by itself.
        Must(store.ListParents().All(parent => parent.Id != job.Owner),
            $"{job.Id} ended and is still owned by {job.Owner}");
    }
}
