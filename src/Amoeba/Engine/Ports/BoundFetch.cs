namespace Amoeba.Engine.Ports;

/// <summary>`fetch` with its addresses filled in.</summary>
/// <param name="Requests">One, or of a batch one an item; done one after the other.</param>
internal sealed record BoundFetch(IReadOnlyList<FetchRequest> Requests) : BoundTool("fetch")
{
    /// <summary>What comes is a feed; the output is its entries as JSON.</summary>
    public bool Feed { get; init; }

    /// <summary>Bytes that an answer may have after decompression; null leaves it to `limits.output`.</summary>
    public long? MaxSize { get; init; }

    /// <summary>How many redirects are followed.</summary>
    public int Redirects { get; init; } = 10;

    /// <summary>An answer may be kept, and one that was kept may be used.</summary>
    public bool Cache { get; init; } = true;

    /// <summary>The plan allows addresses of private networks.</summary>
    public bool Private { get; init; }
}

/// <summary>
/// One address with the headers that the plan gives. Neither was checked: both may come from an item.
/// </summary>
internal sealed record FetchRequest(string Url, IReadOnlyList<KeyValuePair<string, string>> Headers);
