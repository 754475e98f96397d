using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Amoeba.Tools.Delegate;

/// <summary>What a C# delegate is told of the task it does.</summary>
public sealed class DelegateContext
{
    private readonly Action _progress;

    internal DelegateContext(
        string job, int index, int attempt, string folder, IReadOnlyList<DelegateItem> items, Action progress)
    {
        _progress = progress;
        Job = job;
        Index = index;
        Attempt = attempt;
        Folder = folder;
        Items = items;
    }

    /// <summary>Id of the job.</summary>
    public string Job { get; }

    /// <summary>Where the (first) item stands among the task's items, from 0.</summary>
    public int Index { get; }

    /// <summary>1 at the first try. A task may be tried again after a failure or after its parent died.</summary>
    public int Attempt { get; }

    /// <summary>The folder relative paths are of.</summary>
    public string Folder { get; }

    /// <summary>The items: one, several with `batch`, none for a task without `each`.</summary>
    public IReadOnlyList<DelegateItem> Items { get; }

    /// <summary>
    /// Says that the work got on by a step, which a task with `limits.stall` has to say more often than that. Costs
    /// next to nothing; may be called from any thread.
    /// </summary>
    public void ReportProgress() => _progress();
}

/// <summary>An item as a delegate sees it.</summary>
/// <param name="Text">The item's text; the JSON of one with fields.</param>
/// <param name="Json">The item as exact JSON.</param>
public readonly record struct DelegateItem(string Text, string Json);

/// <summary>A delegate's result: the bytes of the task's output.</summary>
public readonly record struct DelegateResult(ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Tokens of models that the delegate called by itself: they count against the job's budget.</summary>
    public TokenUse Used { get; init; }

    /// <summary>What they cost in US dollars, likewise; 0 and up.</summary>
    public decimal CostUsd { get; init; }

    /// <summary>No output.</summary>
    public static DelegateResult None => default;

    /// <summary>Text, kept as UTF-8.</summary>
    public static DelegateResult Text(string text) => new(Encoding.UTF8.GetBytes(text));

    /// <summary>A value, kept as JSON.</summary>
    public static DelegateResult Json<T>(T value, JsonTypeInfo<T> type) =>
        new(JsonSerializer.SerializeToUtf8Bytes(value, type));
}

/// <summary>
/// Work that is done by a C# delegate. It should end soon after the token fires; one that does not is given up after
/// the grace, and what it returns then counts for nothing. An exception is the task's failure.
/// </summary>
public delegate ValueTask<DelegateResult> TaskDelegate(DelegateContext context, CancellationToken cancel);
