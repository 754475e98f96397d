namespace Amoeba.Cli.Arguments;

/// <summary>A command: what the parser accepts, what the help says, and what it does.</summary>
internal sealed record CommandSpec(string Name, string Summary, Func<CommandCall, Task<int>> Run)
{
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The words after the name, as the help shows them, such as `JOB [TASK]`.</summary>
    public string Words { get; init; } = "";

    public int LeastWords { get; init; }

    public int MostWords { get; init; }

    /// <summary>Takes everything after `--` as it is.</summary>
    public bool TakesRest { get; init; }

    public IReadOnlyList<OptionSpec> Options { get; init; } = [];

    /// <summary>More than the summary says, where there is more; lines of at most 100 characters.</summary>
    public string Details { get; init; } = "";

    /// <summary>Lines that can be typed as they are.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];

    public string Group { get; init; } = "";

    public IEnumerable<string> Names => Aliases.Prepend(Name);
}
