namespace Amoeba.Scheduling;

/// <summary>
/// How much a model's server may be asked. What is null is not limited, and what is found out about it adapts.
/// </summary>
/// <param name="Concurrency">Calls under way at once; 1 and more.</param>
/// <param name="Requests">Calls begun a minute; 1 and more.</param>
/// <param name="Tokens">Tokens a minute, input and output together; 1 and more.</param>
internal sealed record QuotaSpec(int? Concurrency = null, long? Requests = null, long? Tokens = null)
{
    public static QuotaSpec None { get; } = new();

    public bool IsNone => this == None;
}
