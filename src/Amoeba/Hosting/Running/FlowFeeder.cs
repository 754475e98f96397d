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
/// the engine. In the order in which the results were recorded, as many at once as wait for the same stage.
/// </summary>
internal sealed class FlowFeeder(
    HostedJobs jobs, IStoreReader store, IOutputs outputs,
    FlowStamps? stamps, Action<EngineEvent> post, Action<Exception> unusable)
{
    /// <summary>Results whose items are appended together at most.</summary>
    private const int MostAtOnce = 64;

    /// <summary>
    /// Bytes of them after which no more are read before they are on the disk: they are held in memory so long.
    /// </summary>
    private const long MostBytes = 4 << 20;

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
            while (NextBatch() is { Count: > 0 } batch)
            {
                try
                {
                    Feed(batch);
                }
                catch (ObjectDisposedException)
                {
                    // Its job was given up while it was at it; whoever goes on with the job asks again.
                }
                catch (Exception error)
                    when (error is StoreUnusableException or IOException or UnauthorizedAccessException)
                {
                    unusable(error); // the results stay recorded, and are asked for again by whoever resumes
                    return;
                }
                catch (InvalidDataException error)
                {
                    unusable(
                        new StoreUnusableException($"{error.Message} The job cannot go on without its items.", error));
                    return;
                }
            }

            Volatile.Write(ref _busy, 0);
        }
        while (!_asked.IsEmpty && Interlocked.Exchange(ref _busy, 1) == 0);
    }

    /// <summary>What waits for the same stage, in its order: it is waited for the disk once for all of it.</summary>
    private List<YieldItems> NextBatch()
    {
        var batch = new List<YieldItems>();
        while (batch.Count < MostAtOnce && _asked.TryPeek(out var next)
            && (batch.Count == 0 || (batch[0].Job == next.Job && batch[0].Stage == next.Stage)))
        {
            _asked.TryDequeue(out _);
            batch.Add(next);
        }

        return batch;
    }

    private void Feed(List<YieldItems> batch)
    {
        var (job, stage) = (batch[0].Job, batch[0].Stage);
        if (jobs.ContextOf(job) is not { } context || jobs.ItemsOf(job) is not { } items)
        {
            return; // given up meanwhile
        }

        var flow = items.FlowOf(stage)!;
        var count = flow.Count;
        var results = new List<(int Source, IReadOnlyList<Item> Items)>();
        var bytes = 0L;
        foreach (var asked in batch)
        {
            if (Yielded(context, asked, count, ref bytes) is { } yielded)
            {
                stamps?.Take(job, context.Plan, context.Folder, stage, yielded, count);
                results.Add((asked.Source, yielded));
                count += yielded.Count;
            }

            if (bytes > MostBytes)
            {
                Append();
                bytes = 0;
            }
        }

        Append();

        void Append()
        {
            foreach (var chunk in flow.Append(results))
            {
                var groups = items.GroupsOf(context.Plan, stage);
                post(new ItemsYielded(job, stage, chunk.Source, chunk.Count,
                    groups is null ? [] : [.. groups.Skip(chunk.First).Take(chunk.Count)]));
            }

            results.Clear();
        }
    }

    /// <summary>What a result holds; null where it cannot be used, and the job was told so, or is gone.</summary>
    private IReadOnlyList<Item>? Yielded(JobContext context, YieldItems asked, long before, ref long bytes)
    {
        try
        {
            if (store.FindTask(asked.Job, asked.Source) is not { } row)
            {
                return null; // deleted meanwhile
            }

            var spec = (FromEach)context.Plan.Tasks[asked.Stage].Each!;
            bytes += row.Output.Length;
            var yielded = YieldedItems.Of(ReadAll(asked.Job, row.Output), spec.Split, IsProgram(context, spec, row));
            if (before + yielded.Count <= EachBinder.MaxItems)
            {
                return yielded;
            }

            post(new ItemsYielded(asked.Job, asked.Stage, asked.Source, 0, [],
                $"{context.Plan.Tasks[asked.Stage].Id}: more than {EachBinder.MaxItems} items came from {spec.Task}"));
        }
        catch (Exception error) when (error is not (ObjectDisposedException or StoreUnusableException or IOException
            or UnauthorizedAccessException or InvalidDataException))
        {
            post(new ItemsYielded(asked.Job, asked.Stage, asked.Source, 0, [], error.Message));
        }

        return null;
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
