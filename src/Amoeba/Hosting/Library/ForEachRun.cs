using System.Text.Json;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Tools.Delegate;

namespace Amoeba.Hosting.Library;

/// <summary>
/// One ForEachAsync: the plan it becomes, the delegate that does an item, and the way back to values.
/// </summary>
internal abstract class ForEachRun<TItem, TResult>(ForEachOptions options)
{
    /// <summary>The name under which the plan calls the delegate.</summary>
    public abstract string Delegate { get; }

    public abstract ValueTask<DelegateResult> DoAsync(DelegateContext context, CancellationToken cancel);

    public abstract PlanSpec Plan(IEnumerable<TItem>? items);

    public abstract StoredJob? FindInterrupted(IStoreReader store);

    protected abstract TResult? ValueOf(Parent parent, string job, TaskRecord row);

    public ForEachResult<TResult> Result(Parent parent, string job)
    {
        var stored = parent.Store.FindJob(job)!;
        var results = new ItemResult<TResult>[stored.Status.Counts.Total];
        foreach (var row in parent.Store.ReadTasks(job, 0, results.Length))
        {
            var succeeded = row.State == TaskState.Succeeded;
            results[row.Ordinal] = new ItemResult<TResult>(
                row.Ordinal, succeeded, succeeded ? ValueOf(parent, job, row) : default, row.Error, row.Attempt);
        }

        for (var index = 0; index < results.Length; index++)
        {
            results[index] ??= new ItemResult<TResult>(
                index, false, default, stored.Status.Reason ?? $"the job is {Names.Of(stored.Status.State)}", 0);
        }

        return new ForEachResult<TResult>(job, results, TimeSpan.FromSeconds(stored.Status.ActiveSeconds));
    }

    protected PlanSpec Plan(EachSpec each) => new()
    {
        Name = options.Name,
        Type = options.Name,
        Children = options.Children,
        Tasks =
        [
            new TaskSpec
            {
                Id = PlanSpec.EachTask,
                Type = options.Name,
                Each = each,
                Do = [new DelegateSpec(Delegate)],
                Limits = LimitSpec.Default with { Retries = options.Retries, Timeout = options.Timeout },
                Estimate = options.Estimate is { } estimate
                    ? new EstimateSpec(new Figure(estimate.TotalSeconds, null), null, null)
                    : EstimateSpec.None,
            },
        ],
        // Values go back one by one; joining them would only copy them.
        Merge = new MergeSpec(MergeKind.None),
    };
}

/// <summary>Items and values never leave this process's memory.</summary>
internal sealed class MemoryForEach<TItem, TResult>(
    TItem[] items, Func<TItem, CancellationToken, ValueTask<TResult>> work, ForEachOptions options)
    : ForEachRun<TItem, TResult>(options)
{
    private readonly TResult?[] _values = new TResult?[items.Length];

    public override string Delegate { get; } = $"for-each-{Guid.NewGuid():N}";

    public override async ValueTask<DelegateResult> DoAsync(DelegateContext context, CancellationToken cancel)
    {
        _values[context.Index] = await work(items[context.Index], cancel);
        return DelegateResult.None;
    }

    public override PlanSpec Plan(IEnumerable<TItem>? _) => Plan(new RangeEach(0, items.Length - 1, 1));

    public override StoredJob? FindInterrupted(IStoreReader store) => null;

    protected override TResult? ValueOf(Parent parent, string job, TaskRecord row) => _values[row.Ordinal];
}

/// <summary>Items are spooled and values recorded as JSON.</summary>
internal sealed class DurableForEach<TItem, TResult>(
    Func<TItem, CancellationToken, ValueTask<TResult>> work, ForEachOptions options)
    : ForEachRun<TItem, TResult>(options)
{
    private readonly string _name = options.Name;

    /// <summary>Found again by another process, so it is made of the name alone.</summary>
    public override string Delegate => $"for-each:{_name}";

    public override async ValueTask<DelegateResult> DoAsync(DelegateContext context, CancellationToken cancel)
    {
        var item = JsonSerializer.Deserialize<TItem>(context.Items[0].Json)!;
        return new DelegateResult(JsonSerializer.SerializeToUtf8Bytes(await work(item, cancel)));
    }

    public override PlanSpec Plan(IEnumerable<TItem>? items) =>
        Plan(new StreamEach(items!.Select(item => Item.Parse(JsonSerializer.Serialize(item)))));

    /// <summary>The newest job of this name that was cut off.</summary>
    public override StoredJob? FindInterrupted(IStoreReader store) => store
        .ListJobs([JobState.Interrupted, JobState.Running, JobState.Queued], 1000)
        .FirstOrDefault(job => job.Record.Name == _name);

    protected override TResult? ValueOf(Parent parent, string job, TaskRecord row) =>
        JsonSerializer.Deserialize<TResult>(JobResults.Bytes(parent, job, row.Output));
}
