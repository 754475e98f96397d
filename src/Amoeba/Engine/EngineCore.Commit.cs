using System.Text;
using System.Text.Json;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Engine.State;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Engine;

/// <summary>What changed since the last commit, as rows.</summary>
internal sealed partial class EngineCore
{
    private readonly List<LiveJob> _forgotten = [];
    private readonly List<LiveChild> _unreleased = [];

    private void MarkDirty(LiveTask task)
    {
        if (!task.Dirty)
        {
            task.Dirty = true;
            _dirtyTasks.Add(task);
        }

        MarkDirty(task.Stage.Job);
    }

    private void MarkDirty(LiveJob job)
    {
        if (!job.Dirty)
        {
            job.Dirty = true;
            _dirtyJobs.Add(job);
        }
    }

    private void MarkDirty(LiveChild child)
    {
        if (!child.Dirty)
        {
            child.Dirty = true;
            _dirtyChildren.Add(child);
        }
    }

    private void Audit(string who, string what, string? job, string why) =>
        _audits.Add(new AuditRecord(_now.Wall, who, what, job, why));

    /// <summary>Moves everything that changed into a batch, and forgets the jobs of which nothing is left.</summary>
    public void TakeBatch(CommitBatch batch)
    {
        foreach (var job in _dirtyJobs)
        {
            job.Dirty = false;
            batch.Jobs.Add(new JobWrite(
                job.Id, options.Parent, job.Epoch, job.IsNew ? job.Start.Record : null, StatusOf(job),
                job.Released && !job.IsLeaving));
            job.IsNew = false;
        }

        foreach (var task in _dirtyTasks)
        {
            task.Dirty = false;
            if (!task.KeepsRow || task.State == TaskState.Running)
            {
                task.KeepsRow = false;
                task.HasRow = true;
                batch.Tasks.Add(task.ToRecord());
            }
        }

        foreach (var child in _dirtyChildren)
        {
            child.Dirty = false;
            if (!child.IsFree)
            {
                batch.Children.Add(child.ToRecord(options.Parent));
            }
        }

        foreach (var job in _dirtyNexts)
        {
            batch.Children.Add(RecordOf(job.Next!, job));
        }

        foreach (var child in _unreleased)
        {
            child.IsUnreleased = false;
        }

        _unreleased.Clear();
        batch.GoneChildren.AddRange(_goneChildren);
        batch.Approvals.AddRange(_approvals);
        batch.Audits.AddRange(_audits);
        batch.AnsweredRequests.AddRange(_answered);
        _dirtyJobs.Clear();
        _dirtyTasks.Clear();
        _dirtyChildren.Clear();
        _dirtyNexts.Clear();
        _goneChildren.Clear();
        _approvals.Clear();
        _audits.Clear();
        _answered.Clear();
        Forget();
        StateWant(); // once a batch: it looks at every job
    }

    private void Forget()
    {
        foreach (var job in _forgotten)
        {
            _ordered.Remove(job);
            if (_jobs.TryGetValue(job.Id, out var present) && present == job)
            {
                _jobs.Remove(job.Id);
            }

            _effects.Add(new JobForgotten(job.Id));
        }

        _forgotten.Clear();
    }

    private JobStatusRecord StatusOf(LiveJob job) => new()
    {
        State = job.State,
        Reason = job.Reason,
        DecisionJson = job.DecisionText,
        Width = job.Width,
        Counts = job.Counts,
        Started = job.Started,
        Finished = job.Finished,
        ActiveSeconds = job.ActiveSeconds
            + (job.ActiveSince is { } since ? TimeSpan.FromTicks(_now.Uptime - since).TotalSeconds : 0),
        ActiveSince = job.ActiveSince is null ? null : _now.Wall,
        TaskSeconds = job.TaskSeconds,
        Tokens = job.Tokens,
        CostUsd = job.CostUsd,
        Reused = job.Reused,
        Retries = job.Retries,
        Used = job.Used,
        Output = job.Output,
        SkippedJson = SkippedOf(job),
        Budget = job.Start.IsBudgetOwn ? BudgetWords.Write(job.Start.Budget) : null,
        Progress = job.Progress,
    };

    private static string? SkippedOf(LiveJob job)
    {
        if (job.Skipped == 0)
        {
            return null;
        }

        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            foreach (var stage in job.Stages)
            {
                if (stage.Skipped is { } reason)
                {
                    json.WriteString(stage.Plan.Id, reason);
                }
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
