namespace Amoeba.StandIn;

/// <summary>
/// What the server does with requests. Everything has a default: it answers any model at once with an echo.
/// </summary>
public sealed record Script
{
    /// <summary>
    /// All chance comes from this, the request's body and how often that body came: it does not depend on the order in
    /// which requests arrive.
    /// </summary>
    public long Seed { get; init; } = 1;

    /// <summary>Accepted keys; others get 401. Null: any key, or none.</summary>
    public IReadOnlyList<string>? Keys { get; init; }

    /// <summary>Known models; others get 404. Null: any.</summary>
    public IReadOnlyList<string>? Models { get; init; }

    /// <summary>Most input tokens of a request; more gets 400. Null: no limit.</summary>
    public int? Context { get; init; }

    public Latency Latency { get; init; } = new();

    /// <summary>
    /// The first that fits a request answers it. Where none fits: JSON by the asked schema, else an echo.
    /// </summary>
    public IReadOnlyList<Answer> Answers { get; init; } = [];

    /// <summary>Null: none.</summary>
    public Limits? Limits { get; init; }

    /// <summary>The first that strikes a request decides what breaks.</summary>
    public IReadOnlyList<Fault> Faults { get; init; } = [];
}

/// <summary>
/// Waits before the first token and before each further one; a whole answer takes as long as a streamed one.
/// </summary>
public sealed record Latency
{
    public Delay First { get; init; }

    public Delay Token { get; init; }

    /// <summary>Tokens in one event of a stream.</summary>
    public int Chunk { get; init; } = 1;
}
