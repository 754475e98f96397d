namespace Amoeba.Engine.Ports;

/// <summary>A model joins a job's results.</summary>
/// <param name="Chat">What every call is asked with; its prompt is empty.</param>
/// <param name="Before">The prompt up to the results.</param>
/// <param name="After">The prompt behind them.</param>
internal sealed record BoundChatMerge(BoundChat Chat, string Before, string After) : BoundTool("merge chat")
{
    /// <summary>Tokens that one call may read and write together; null is the model's.</summary>
    public int? Context { get; init; }

    /// <summary>Calls at once.</summary>
    public int Width { get; init; } = 1;

    /// <summary>What the job's budget leaves it.</summary>
    public MergeAllowance Allowance { get; init; }

    /// <summary>In plan order, read anew each time.</summary>
    public required IEnumerable<MergeResult> Results { get; init; }

    /// <summary>Folder of the answers so far, which go with the job; made when needed.</summary>
    public required string Kept { get; init; }
}

/// <summary>What may still be spent; null is no limit.</summary>
internal readonly record struct MergeAllowance(long? Tokens, decimal? CostUsd);

/// <summary>One result as a model is shown it.</summary>
/// <param name="Title">What it is of, such as `index="0" item="en"`.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Open">Gives its text.</param>
internal sealed record MergeResult(string Title, long Length, Func<Stream> Open);
