namespace Amoeba.Plans;

/// <summary>What reading a plan depends on beside its text.</summary>
internal sealed record PlanReadOptions
{
    public static PlanReadOptions Default { get; } = new();

    /// <summary>`--set name=value`: laid over the plan's `vars`.</summary>
    public IReadOnlyDictionary<string, string> Vars { get; init; } = new Dictionary<string, string>();

    /// <summary>Limits where the plan says nothing.</summary>
    public LimitSpec Limits { get; init; } = LimitSpec.Default;

    /// <summary>
    /// The configuration's `default_tool`: a tool as `do` takes it, in whose `run` arguments `{description}` stands for
    /// the task's description. Null: a task with only a description is refused.
    /// </summary>
    public PlanNode? DefaultTool { get; init; }

    /// <summary>What a deadline such as `2h` is counted from; null allows only points in time.</summary>
    public DateTimeOffset? Now { get; init; }

    /// <summary>The text was written by <see cref="PlanJson"/>, and may hold what only programs can say.</summary>
    public bool Stored { get; init; }
}

/// <summary>Text to plan: YAML or JSON, one schema for both.</summary>
internal static class PlanReader
{
    /// <summary>Reads and validates a plan; touches nothing outside the text.</summary>
    /// <param name="text">The plan; text that begins with a brace is JSON.</param>
    /// <param name="sourceName">The file's name for messages, or `-`.</param>
    /// <param name="options">Defaults and overrides.</param>
    /// <exception cref="PlanException">Each mistake with line, column, path and what was expected.</exception>
    public static PlanSpec Read(string text, string sourceName, PlanReadOptions? options = null)
    {
        var node = NodeReader.Read(text, sourceName)
            ?? throw new PlanException(
                $"{sourceName}:1:1: the plan is empty; expected a map with each and do, or tasks.");
        return Read(node, sourceName, options ?? PlanReadOptions.Default);
    }

    /// <inheritdoc cref="Read(string, string, PlanReadOptions?)"/>
    public static PlanSpec Read(PlanNode node, string sourceName, PlanReadOptions options)
    {
        var errors = new PlanErrors(sourceName);
        var root = new PlanCursor(node, "", errors);
        var binding = new PlanBinding(root, errors, options);
        var plan = PlanBinder.Bind(root, binding, sourceName);
        errors.ThrowIfAny();
        PlanValidator.Check(plan!, binding);
        errors.ThrowIfAny();
        if (options.Stored) return plan!;
        PlanWarnings.Note(binding.Root, plan!, binding);
        return plan! with { Warnings = errors.Warnings };
    }
}
