namespace Amoeba.Benchmarks;

/// <summary>
/// One line of the table: a figure of ours, its peer or bound of the same run, and what was aimed at.
/// </summary>
internal sealed record Finding
{
    /// <summary>What was measured.</summary>
    public required string What { get; init; }

    /// <summary>The named peer or bound.</summary>
    public required string Against { get; init; }

    public required Series Ours { get; init; }

    /// <summary>The peer's figures, one a round; null where the bound is a number.</summary>
    public Series? Theirs { get; init; }

    /// <summary>What is held against the aim: a ratio round by round, or our figures themselves.</summary>
    public required Series Figure { get; init; }

    public required Aim Aim { get; init; }

    /// <summary>What a reader has to know to believe the line, or why there is none.</summary>
    public string? Note { get; init; }

    /// <summary>Further figures, for the record.</summary>
    public IReadOnlyList<Series> Raw { get; init; } = [];

    /// <summary>The value held against the aim: the median, or the worst where the aim is for every round.</summary>
    public double Value => !Aim.Worst ? Figure.Median : Aim.AtLeast ? Figure.Least : Figure.Most;

    public bool Met => Aim.AtLeast ? Value >= Aim.Bound : Value <= Aim.Bound;
}

/// <param name="AtLeast">The figure shall reach the bound; otherwise it shall not pass it.</param>
/// <param name="Bound">In the figure's unit.</param>
/// <param name="Worst">Every round is meant, not the median.</param>
internal readonly record struct Aim(bool AtLeast, double Bound, bool Worst = false);

/// <summary>What a benchmark found: lines, or why it could not be done here.</summary>
internal sealed record Outcome(string Name, IReadOnlyList<Finding> Findings, string? Skipped = null)
{
    public static Outcome Skip(string name, string why) => new(name, [], why);
}
