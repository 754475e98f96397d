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

/// <summary>What the results of another task yield, each item flowing on as it appears (SPEC 2.2).</summary>
/// <param name="Task">The other task's id.</param>
/// <param name="Split">How one result becomes items.</param>
internal sealed record FromEach(string Task, FlowSplit Split) : EachSpec;

/// <summary>How one result becomes items.</summary>
internal enum FlowSplit
{
    /// <summary>
    /// A JSON array gives its elements. Of anything else, what a program printed gives its lines, and what a model, a
    /// page or a delegate said is one item.
    /// </summary>
    Auto,

    /// <summary>Each line that is not empty; one that is a JSON object has its fields.</summary>
    Lines,

    /// <summary>The whole output without its trailing newlines; a JSON object has its fields.</summary>
    Whole,
}

/// <summary>Items an embedding program streams in; the spool reads them once.</summary>
internal sealed record StreamEach(IEnumerable<Item> Items) : EachSpec;

/// <summary>
/// Items that are in the job's spool and nowhere else: what a stored plan says of a stream, or of items left out.
/// </summary>
internal sealed record SpooledEach : EachSpec;
