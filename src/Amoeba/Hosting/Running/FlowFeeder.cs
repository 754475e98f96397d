using System.Collections.Concurrent;
using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Binding;
using Amoeba.Hosting.Reusing;
using Amoeba.Plans;
using Amoeba.Sources;

namespace Amoeba.Hosting.Running;

/// <summary>
/// Turns results into the items of the stages that live on them: read, taken apart, on the disk, and only then told to
/// the engine. One after the other, in the order in which the results were recorded.
/// </summary>
internal sealed class FlowFeeder(
    HostedJobs jobs, IStoreReader store, IOutputs outputs, FlowStamps? stamps, Action<EngineEvent> post, Action<Exception> unusable)
{
    private readonly ConcurrentQueue<YieldItems> _asked = new();
    private int _busy;

    public void Ask(YieldItems asked)
    {
        _asked.Enqueue(asked);
        if (Interlocked.Exchange(ref _busy, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => FeedAll(), null);
        }
    }

    /// <summary>What is on the disk of a job's flows, for the engine that takes the job.</summary>
    public static IReadOnlyList<StageFlow> Read(PlanSpec plan, JobItems items)
    {
        var flows = new List<StageFlow>();
        for (var stage = 0; stage < plan.Tasks.Count; stage++)
        {
            if (items.FlowOf(stage) is not { } flow)
            {
                continue;
            }

            var groups = items.GroupsOf(plan, stage);
            var sources = flow.Chunks.Select(chunk => chunk.Source).ToHashSet();
            flows.Add(new StageFlow(stage, (int)flow.Count, groups is null ? [] : [.. groups], sources));
        }

        return flows;
    }

    private void FeedAll()
    {
        do
        {
            while (_asked.TryDequeue(out var asked))
            {
                try
                {
                    Feed(asked);
                }
                catch (ObjectDisposedException)
                {
                    // Its job was given up while it was at it; whoever goes on with the job asks again.
                }
                catch (Exception error) when (error is StoreUnusableException or IOException or UnauthorizedAccessException)
                {
                    unusable(error); // the result stays recorded, and is asked for again by whoever resumes
                    return;
                }
                catch (InvalidDataException error)
                {
                    unusable(new StoreUnusableException($"{error.Message} The job cannot go on without its items.", error));
                    return;
                }
                catch (Exception error)
                {
                    post(new ItemsYielded(asked.Job, asked.Stage, asked.Source, 0, [], error.Message));
                }
            }

            Volatile.Write(ref _busy, 0);
        }
        while (!_asked.IsEmpty && Interlocked.Exchange(ref _busy, 1) == 0);
    }

    private void Feed(YieldItems asked)
    {
        if (jobs.ContextOf(asked.Job) is not { } context || jobs.ItemsOf(asked.Job) is not { } items)
        {
            return; // given up meanwhile
        }

        if (store.FindTask(asked.Job, asked.Source) is not { } row)
        {
            return; // deleted meanwhile
        }

        var spec = (FromEach)context.Plan.Tasks[asked.Stage].Each!;
        var yielded = YieldedItems.Of(ReadAll(asked.Job, row.Output), spec.Split, IsProgram(context, spec, row));
        var flow = items.FlowOf(asked.Stage)!;
        if (flow.Count + yielded.Count > EachBinder.MaxItems)
        {
            post(new ItemsYielded(asked.Job, asked.Stage, asked.Source, 0, [],
                $"{context.Plan.Tasks[asked.Stage].Id}: more than {EachBinder.MaxItems} items came from {spec.Task}"));
            return;
        }

        stamps?.Take(asked.Job, context.Plan, context.Folder, asked.Stage, yielded, flow.Count);
        foreach (var chunk in flow.Append(asked.Source, yielded))
        {
            var groups = items.GroupsOf(context.Plan, asked.Stage);
            post(new ItemsYielded(asked.Job, asked.Stage, chunk.Source, chunk.Count,
                groups is null ? [] : [.. groups.Skip(chunk.First).Take(chunk.Count)]));
        }
    }

    private static bool IsProgram(JobContext context, FromEach spec, TaskRecord row)
    {
        var source = context.Plan.Tasks.First(task => task.Id == spec.Task);
        var tool = source.Do.FirstOrDefault(tool => tool.Tool == row.Figures?.Tool) ?? source.Do[0];
        return tool is RunSpec or ShSpec;
    }

    private ReadOnlyMemory<byte> ReadAll(string job, OutputRef output)
    {
        using var all = new MemoryStream((int)Math.Min(output.Length, int.MaxValue));
        using var stream = outputs.Read(job, output);
        stream.CopyTo(all);
        return all.GetBuffer().AsMemory(0, (int)all.Length);
    }
}
