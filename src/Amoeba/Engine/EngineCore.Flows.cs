using Amoeba.Engine.Ports;
using Amoeba.Engine.State;
using Amoeba.Jobs;

namespace Amoeba.Engine;

/// <summary>
/// Items that flow from one stage's results into another stage, and items that go one by one by group.
/// </summary>
internal sealed partial class EngineCore
{
    /// <summary>
    /// Has the items of a result added to the stages that live on them; they come back as <see cref="ItemsYielded"/>.
    /// </summary>
    private void Yield(LiveTask task)
    {
        foreach (var flow in task.Stage.Flows)
        {
            flow.Pending.Add(task.Ordinal);
            _effects.Add(new YieldItems(flow.Job.Id, flow.Index, task.Ordinal));
        }
    }

    private void OnYielded(ItemsYielded yielded)
    {
        if (!_jobs.TryGetValue(yielded.Job, out var job) || job.Released || job.HasEnded)
        {
            return; // it is on the disk, for whoever goes on with the job
        }

        if (yielded.Error is { } error)
        {
            EndEarly(job, JobState.Failed, error);
            return;
        }

        var stage = job.Stages[yielded.Stage];
        if (!stage.Pending.Remove(yielded.Source))
        {
            return; // known from the disk already, when the job was taken
        }

        stage.Grow(yielded.Count, yielded.Groups);
        job.Total += yielded.Count;
        if (stage.Skipped is not null)
        {
            job.Skipped += stage.SkipRest();
        }

        if (yielded.Count > 0)
        {
            MarkDirty(job);
            FillAgain(stage);
        }

        EndFlow(job, stage);
        TryFinish(job);
    }

    /// <summary>A stage ended; what lives on its results may have too.</summary>
    private void EndFlows(LiveJob job, LiveStage ended)
    {
        foreach (var flow in ended.Flows)
        {
            EndFlow(job, flow);
        }
    }

    private void EndFlow(LiveJob job, LiveStage flow)
    {
        if (flow is { OpenSince: not null, HasEnded: true })
        {
            StageEnded(job, flow);
        }
        else if (flow is { Skipped: not null, HasEnded: true })
        {
            EndFlows(job, flow); // what needs it was told when it was skipped; now nothing more comes into it
        }
    }

    /// <summary>There is something to make of its items again.</summary>
    private static void FillAgain(LiveStage stage)
    {
        if (stage.OpenSince is not null && !stage.AtEnd && !stage.Job.Filling.Contains(stage))
        {
            stage.Job.Filling.Add(stage);
        }
    }

    /// <summary>The task neither runs nor is ready: the next of its group may be.</summary>
    private void Leave(LiveTask task)
    {
        if (!task.Stage.Plan.IsGrouped)
        {
            return;
        }

        if (task.Stage.Leave(task) is { } next)
        {
            MakeReady(next);
        }
        else
        {
            FillAgain(task.Stage);
        }
    }

    /// <summary>
    /// An idle child for a task: the one that worked for its group last, or else one that worked for none.
    /// </summary>
    private static LiveChild ChildFor(LiveJob job, LiveTask task)
    {
        if (task.Stage.GroupOf(task) is not { } number)
        {
            return job.Idle[^1];
        }

        var group = (task.Stage.Index, number);
        return job.Idle.Find(child => child.Group == group)
            ?? job.Idle.Find(child => child.Group is null)
            ?? job.Idle[^1];
    }

    private static void LoadFlows(LiveJob job, IReadOnlyList<StageFlow> flows)
    {
        foreach (var flow in flows)
        {
            job.Stages[flow.Stage].Grow(flow.Items, flow.Groups);
        }
    }

    /// <summary>A result whose items nobody added, because its parent died in between.</summary>
    private static void FindUnasked(LiveJob job, TaskMark mark, IReadOnlyList<StageFlow> flows)
    {
        if (mark.State != TaskState.Succeeded)
        {
            return;
        }

        foreach (var stage in job.StageOf(mark.Ordinal).Flows)
        {
            if (!flows.Any(flow => flow.Stage == stage.Index && flow.Sources.Contains(mark.Ordinal)))
            {
                stage.Unasked.Add(mark.Ordinal);
            }
        }
    }

    private void AskForUnasked(LiveJob job)
    {
        foreach (var stage in job.Stages)
        {
            foreach (var source in stage.Unasked)
            {
                stage.Pending.Add(source);
                _effects.Add(new YieldItems(job.Id, stage.Index, source));
            }

            stage.Unasked.Clear();
        }
    }
}
