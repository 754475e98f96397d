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

    /// <summary>
    /// What gives its data as JSON instead, where it prints text of its own; null where `--json` does.
    /// </summary>
    public string? InsteadOfJson { get; init; }

    public IReadOnlyList<OptionSpec> Options { get; init; } = [];

    /// <summary>More than the summary says, where there is more; lines of at most 100 characters.</summary>
    public string Details { get; init; } = "";

    /// <summary>Lines that can be typed as they are.</summary>
    public IReadOnlyList<string> Examples { get; init; } = [];

    public string Group { get; init; } = "";

    /// <summary>What every command takes and this one does, too.</summary>
    public IReadOnlyList<OptionSpec> Everywhere => InsteadOfJson is null
        ? CommonOptions.All
        : [.. CommonOptions.All.Where(option => option != CommonOptions.Json)];

    public IEnumerable<string> Names => Aliases.Prepend(Name);
}
