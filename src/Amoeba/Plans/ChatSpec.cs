namespace Amoeba.Plans;

/// <summary>One call of a model.</summary>
internal sealed record ChatSpec : ToolSpec
{
    /// <summary>NAME/MODEL: a name of the configuration's `models`, and what its server calls the model.</summary>
    public required Template Model { get; init; }

    public required Template Prompt { get; init; }

    public Template? System { get; init; }

    /// <summary>0 to 2; null leaves it to the server.</summary>
    public double? Temperature { get; init; }

    public long? Seed { get; init; }

    /// <summary>Longest answer in tokens.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Paths, or http, https and data URLs.</summary>
    public IReadOnlyList<Template> Images { get; init; } = [];

    /// <summary>Paths or data URLs.</summary>
    public IReadOnlyList<Template> Audio { get; init; } = [];

    /// <summary>What the answer has to be.</summary>
    public AnswerSchema? Schema { get; init; }

    /// <summary>A file that holds the schema; read when the job is accepted, and then <see cref="Schema"/>.</summary>
    public string? SchemaFile { get; init; }

    public override string Tool => "chat";

    public override IEnumerable<Template> Templates => System is null
        ? [Model, Prompt, .. Images, .. Audio]
        : [Model, Prompt, System, .. Images, .. Audio];
}
