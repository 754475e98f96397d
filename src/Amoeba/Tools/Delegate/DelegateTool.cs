using System.Collections.Concurrent;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;

namespace Amoeba.Tools.Delegate;

/// <summary>The delegates that the embedding program registered, by name. Safe from any thread.</summary>
internal sealed class DelegateRegistry
{
    private readonly ConcurrentDictionary<string, TaskDelegate> _delegates = new(StringComparer.Ordinal);

    /// <exception cref="ArgumentException">The name is taken.</exception>
    public void Add(string name, TaskDelegate work)
    {
        if (!_delegates.TryAdd(name, work))
            throw new ArgumentException(
                $"A delegate named {name} is registered; give this one another name.", nameof(name));
    }

    public void Remove(string name) => _delegates.TryRemove(name, out _);

    public TaskDelegate? Find(string name) => _delegates.GetValueOrDefault(name);
}

/// <summary>`delegate`: does the task by a C# delegate.</summary>
internal sealed class DelegateTool(DelegateRegistry registry) : ITool
{
    public string Name => "delegate";

    public ValueTask<ToolOutcome> RunAsync(ToolRun run, CancellationToken cancel)
    {
        var name = ((BoundDelegate)run.Tool).Delegate;
        if (registry.Find(name) is not { } work)
            return new(new ToolOutcome(AttemptEnd.Hopeless, $"delegate not found: none is registered as {name}"));
        var pending = work(ContextOf(run), cancel);
        return pending.IsCompletedSuccessfully ? new(Answer(run, pending.Result)) : WaitAsync(run, pending, cancel);
    }

    private static async ValueTask<ToolOutcome> WaitAsync(
        ToolRun run, ValueTask<DelegateResult> pending, CancellationToken cancel)
    {
        try
        {
            return Answer(run, await pending.AsTask().WaitAsync(run.Force));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return new ToolOutcome(AttemptEnd.Stopped);
        }
    }

    private static ToolOutcome Answer(ToolRun run, DelegateResult result)
    {
        if (!result.Bytes.IsEmpty) run.Output.Write(result.Bytes.Span);
        var used = result.Used;
        return new ToolOutcome(AttemptEnd.Succeeded)
        {
            Tokens = new TokenCounts(used.Input, used.Output, used.Cached, used.Reasoning),
            CostUsd = result.CostUsd,
        };
    }

    private static DelegateContext ContextOf(ToolRun run)
    {
        var items = run.Work.Items;
        var seen = items.Count == 0 ? [] : new DelegateItem[items.Count];
        for (var i = 0; i < seen.Length; i++) seen[i] = new DelegateItem(items[i].Text, items[i].Json);
        var order = run.Work.Order;
        return new DelegateContext(order.Job, run.Work.Index, order.Attempt, run.Work.Folder, seen,
            () => run.Watch.Progress(1));
    }
}
