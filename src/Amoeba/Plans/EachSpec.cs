namespace Amoeba.Plans;

/// <summary>Where the items of a task come from.</summary>
internal abstract record EachSpec
{
    /// <summary>The name the plan gives the item beside `item`, or null.</summary>
    public string? As { get; init; }
}

internal sealed record ItemsEach(IReadOnlyList<Item> Items) : EachSpec;

/// <summary>.txt: a line an item; .csv: a row an object keyed by the header; .jsonl: a value a line.</summary>
internal sealed record FileEach(string Path) : EachSpec;

internal sealed record GlobEach(IReadOnlyList<string> Patterns) : EachSpec;

/// <summary>Both ends included; step is never zero.</summary>
internal sealed record RangeEach(long First, long Last, long Step) : EachSpec
{
    public long Count => Step > 0
        ? Last < First ? 0 : (Last - First) / Step + 1
        : Last > First ? 0 : (First - Last) / -Step + 1;
}

/// <summary>The output lines of a program.</summary>
internal sealed record CommandEach(IReadOnlyList<string> Arguments) : EachSpec;

/// <summary>
/// The cartesian product of the axes, the last axis turning fastest; an item has a field for each axis.
/// </summary>
internal sealed record MatrixEach(IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> Axes) : EachSpec;

/// <summary>Items an embedding program streams in; the spool reads them once.</summary>
internal sealed record StreamEach(IEnumerable<Item> Items) : EachSpec;

/// <summary>
/// Items that are in the job's spool and nowhere else: what a stored plan says of a stream, or of items left out.
/// </summary>
internal sealed record SpooledEach : EachSpec;
