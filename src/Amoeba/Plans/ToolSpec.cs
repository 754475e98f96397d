namespace Amoeba.Plans;

/// <summary>How a task is done: one tool with its arguments, templates not yet filled in.</summary>
internal abstract record ToolSpec
{
    /// <summary>The tool's name in plans, such as `run`.</summary>
    public abstract string Tool { get; }

    /// <summary>Every template of the arguments, for validation and for finding what an item must have.</summary>
    public abstract IEnumerable<Template> Templates { get; }
}

internal sealed record RunSpec(IReadOnlyList<Template> Arguments) : ToolSpec
{
    public override string Tool => "run";

    public override IEnumerable<Template> Templates => Arguments;
}

/// <summary>The text is passed to `sh -c` as it stands; braces mean nothing in it.</summary>
internal sealed record ShSpec(string Text) : ToolSpec
{
    public override string Tool => "sh";

    public override IEnumerable<Template> Templates => [];
}

/// <summary>Waits so many seconds and returns the item.</summary>
internal sealed record WaitSpec(Figure Seconds) : ToolSpec
{
    public override string Tool => "wait";

    public override IEnumerable<Template> Templates => Seconds.Template is { } template ? [template] : [];
}

/// <summary>A C# delegate that the embedding program registered under a name.</summary>
internal sealed record DelegateSpec(string Name) : ToolSpec
{
    public override string Tool => "delegate";

    public override IEnumerable<Template> Templates => [];
}
