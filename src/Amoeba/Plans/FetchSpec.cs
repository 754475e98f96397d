namespace Amoeba.Plans;

/// <summary>Gets what an address has (HTTP GET).</summary>
/// <param name="Url">An http or https address.</param>
internal sealed record FetchSpec(Template Url) : ToolSpec
{
    public const int UsualRedirects = 10;

    public override string Tool => "fetch";

    /// <summary>By name, which does not tell capitals apart; in one order.</summary>
    public IReadOnlyDictionary<string, Template> Headers { get; init; } = new SortedList<string, Template>();

    /// <summary>What comes is a feed; the output is its entries as JSON.</summary>
    public bool Feed { get; init; }

    /// <summary>Bytes that the answer may have after decompression; null leaves it to `limits.output`.</summary>
    public long? MaxSize { get; init; }

    /// <summary>How many redirects are followed.</summary>
    public int Redirects { get; init; } = UsualRedirects;

    /// <summary>An answer may be kept, and one that was kept may be used.</summary>
    public bool Cache { get; init; } = true;

    /// <summary>Addresses of private networks may be reached.</summary>
    public bool Private { get; init; }

    public override IEnumerable<Template> Templates => Headers.Values.Prepend(Url);
}
