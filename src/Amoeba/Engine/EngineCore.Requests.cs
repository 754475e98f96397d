using System.Globalization;
using Amoeba.Deciding;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Engine.State;
using Amoeba.Jobs;

namespace Amoeba.Engine;

/// <summary>What people and other processes ask of a job.</summary>
internal sealed partial class EngineCore
{
    private void OnAsked(JobAsked asked)
    {
        var request = asked.Request;
        var error = _jobs.TryGetValue(request.Job, out var job)
            ? Answer(job, request, asked.Rows)
            : $"job {request.Job} is not owned here any more; ask again";
        _answered.Add(request with { Answer = error ?? "ok" });
        _effects.Add(new AnswerRequest(request.Id, request.Job, error));
    }

    private string? Answer(LiveJob job, RequestRecord request, IReadOnlyList<TaskRecord>? rows)
    {
        if (job.Released && (!job.HasEnded || request.Kind == "retry"))
        {
            return $"job {job.Id} is just being let go; ask again";
        }

        switch (request.Kind)
        {
            case "cancel": return Cancel(job, request.By);
            case "pause": return Pause(job, request.By);
            case "resume": return ResumePaused(job, request.By);
            case "go_on": return GoOnHeld(job);
            case "width": return SetWidth(job, request.Argument, request.By);
            case "retry": return Retry(job, rows ?? [], request.Argument, request.By);
            case "stop_child": return StopChild(job, request.Argument, request.By);
            case "freeze": return Freeze(true, request.By);
            case "unfreeze": return Freeze(false, request.By);
            case "approve" or "deny" or "refuse" or "sequential": return AnswerApproval(job, request);
            default: return $"a job cannot be asked to {request.Kind}";
        }
    }

    private string? Cancel(LiveJob job, string by)
    {
        if (job.HasEnded)
        {
            return $"job {job.Id} has ended already: {Names.Of(job.State)}";
        }

        Audit(by, "cancel", job.Id, "asked");
        EndEarly(job, JobState.Cancelled, $"cancelled by {by}");
        return null;
    }

    private string? Pause(LiveJob job, string by)
    {
        if (job.State != JobState.Running)
        {
            return $"job {job.Id} is {Names.Of(job.State)}: only a running job can be paused";
        }

        StopClock(job);
        job.Move(JobState.Paused);
        job.Reason = $"paused by {by}";
        Audit(by, "pause", job.Id, "asked");
        MarkDirty(job);
        for (var i = job.Idle.Count - 1; i >= 0; i--)
        {
            Destroy(job.Idle[i]); // others may need its place, and nobody knows for how long it pauses
        }

        return null;
    }

    private string? ResumePaused(LiveJob job, string by)
    {
        if (job.State != JobState.Paused)
        {
            return $"job {job.Id} is {Names.Of(job.State)}, not paused";
        }

        job.GoOn = true;
        job.ActiveSince = _now.Uptime;
        Begin(job);
        Audit(by, "resume", job.Id, "asked");
        return null;
    }

    /// <summary>A job that was only held, to be asked something, runs on.</summary>
    private string? GoOnHeld(LiveJob job)
    {
        if (!job.GoOn && !job.HasEnded && !job.Released)
        {
            job.GoOn = true;
            MarkDirty(job);
            if (job.State != JobState.AwaitingApproval)
            {
                GoOn(job);
            }
        }

        return null;
    }

    private string? SetWidth(LiveJob job, string? argument, string by)
    {
        if (!int.TryParse(argument, CultureInfo.InvariantCulture, out var width) || width < 1)
        {
            return $"{argument} is no number of children: give 1 or more";
        }

        if (job.HasEnded)
        {
            return $"job {job.Id} has ended already: {Names.Of(job.State)}";
        }

        width = Math.Min(width, MostChildren(job));
        Audit(by, "width", job.Id, $"from {job.Width} to {width}");
        job.Width = width;
        for (var extra = job.Children.Count - job.Width; extra > 0 && job.Idle.Count > 0; extra--)
        {
            Destroy(job.Idle[^1]);
        }

        MarkDirty(job);
        return null;
    }

    /// <summary>Tries failed tasks again, and all that was skipped or cancelled with them.</summary>
    /// <param name="job">The job.</param>
    /// <param name="rows">Those that did not succeed, and the merge's own.</param>
    /// <param name="argument">The ordinal of the one failed task to try; null is all.</param>
    /// <param name="by">Who asks.</param>
    private string? Retry(LiveJob job, IReadOnlyList<TaskRecord> rows, string? argument, string by)
    {
        if (!job.HasEnded)
        {
            return $"job {job.Id} is {Names.Of(job.State)}: a job's tasks can be retried when it has ended";
        }

        if (job.State == JobState.Succeeded)
        {
            return $"job {job.Id} succeeded: there is nothing to retry";
        }

        var merge = job.Start.Merge == MergeWay.Task ? job.Stages[^1] : null;
        var ended = rows.Where(row => row.State != TaskState.Succeeded).ToList();
        if (ended.Count(row => row.State == TaskState.Failed && row.Ordinal != merge?.Plan.First) != job.Failed)
        {
            return $"job {job.Id} was still ending; ask again"; // the rows are older than its end
        }

        int? only = null;
        if (argument is not null)
        {
            only = int.TryParse(argument, CultureInfo.InvariantCulture, out var ordinal) ? ordinal : -1;
            if (!ended.Exists(row => row.Ordinal == only))
            {
                return $"job {job.Id} has no task {argument} that can be retried";
            }
        }

        if (ended.Count == 0 && job.Cancelled == 0 && job.Skipped == 0 && job.Output.Place != OutputPlace.None)
        {
            return $"job {job.Id} has no task that can be retried";
        }

        Audit(by, "retry", job.Id, only is null ? Say.Count(ended.Count, "task", "tasks") : $"task {only}");
        Reopen(job, rows, only);
        return null;
    }

    /// <summary>Counts the job anew with the given tasks waiting, and everything that has no row open again.</summary>
    private void Reopen(LiveJob job, IReadOnlyList<TaskRecord> rows, int? only)
    {
        job.Finished = null;
        job.Output = OutputRef.None;
        job.Reason = null;
        job.Failed = job.Skipped = job.Cancelled = 0;
        job.Filling.Clear();
        foreach (var stage in job.Stages)
        {
            stage.Reopen();
        }

        var again = new List<LiveTask>();
        foreach (var row in rows)
        {
            var stage = job.StageOf(row.Ordinal);
            if (!stage.Plan.IsMerge && row.State == TaskState.Failed && only is not null && only != row.Ordinal)
            {
                job.Failed++;
                stage.AnyFailed = true;
            }
            else if (stage.Plan.IsMerge || row.State != TaskState.Succeeded)
            {
                stage.Ended--;
                again.Add(LiveTask.Again(stage, row));
            }
        }

        _effects.Add(new JobUnsettled(job.Id));
        MarkDirty(job);
        AskForUnasked(job);
        var allowed = IsAllowed(job);
        job.Move(allowed ? JobState.Running : JobState.Queued);
        if (allowed)
        {
            OpenStages(job);
        }

        foreach (var task in again)
        {
            MarkDirty(task);
            Requeue(task);
        }

        if (allowed)
        {
            TryFinish(job);
        }
        else
        {
            Audit("amoeba", "ask", job.Id, "nobody has allowed what is to be tried again");
            AskAnew(job);
        }
    }

    private string? StopChild(LiveJob job, string? id, string by)
    {
        var child = job.Children.Find(child => child.Id == id);
        if (child is null || !child.IsAtWork)
        {
            return $"job {job.Id} has no busy child {id}";
        }

        Audit(by, "stop_child", job.Id, child.Id);
        TellToEnd(child, StopReason.Replaced, options.KillGrace);
        return null;
    }

    private string? Freeze(bool frozen, string by)
    {
        _frozen = frozen;
        Audit(by, frozen ? "freeze" : "unfreeze", null, "all spawning");
        return null;
    }
}
