namespace Amoeba.StandIn.Answering;

/// <summary>What is said to an <see cref="Ask"/>, whatever the dialect.</summary>
internal sealed record Reply
{
    public string Text { get; init; } = "";

    public string? Reasoning { get; init; }

    public IReadOnlyList<Called> Tools { get; init; } = [];

    public required Finish Finish { get; init; }

    public required Counts Counts { get; init; }

    public required Latency Latency { get; init; }

    /// <summary>Distinguishes the answer; becomes part of its ids.</summary>
    public required long Number { get; init; }

    public required long Created { get; init; }
}

/// <summary>
/// A call of a tool. The id is bare: each dialect puts its own word before it. The arguments are JSON, or free
/// text where the tool takes that.
/// </summary>
internal sealed record Called(string Id, string Name, string Arguments, bool FreeText);

/// <summary>Input has cached in it but not what was written to the cache; output has reasoning in it.</summary>
internal readonly record struct Counts(int Input, int Cached, int CacheWrite, int Output, int Reasoning, bool Omit)
{
    public int Total => Input + CacheWrite + Output;
}
