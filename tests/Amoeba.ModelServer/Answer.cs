using System.Text.Json;
using System.Text.Json.Serialization;

namespace Amoeba.StandIn;

/// <summary>
/// One scripted answer: which requests it is for, and what is said. Texts may hold `{last}` (the last user message),
/// `{system}`, `{model}`, `{tool}` (the last tool result), `{n}` (the request's number) and `{0}` to `{9}` (what
/// <see cref="When"/> found and its groups).
/// </summary>
public sealed record Answer
{
    /// <summary>Regular expression on the last user message. Null: any.</summary>
    public string? When { get; init; }

    /// <summary>Regular expression on the model's name. Null: any.</summary>
    public string? Model { get; init; }

    /// <summary>
    /// Only for this turn of a conversation; 1 plus the assistant's messages in the request. Null: any.
    /// </summary>
    public int? Turn { get; init; }

    /// <summary>For so many requests; then the next answer that fits takes over. Null: no end.</summary>
    public int? Times { get; init; }

    /// <summary>What is said. Null: JSON by the asked schema, else the last user message.</summary>
    public string? Text { get; init; }

    /// <summary>A text of exactly so many tokens instead of <see cref="Text"/>.</summary>
    public int? Tokens { get; init; }

    /// <summary>Spoils JSON that is made by the asked schema.</summary>
    public Wrong? Wrong { get; init; }

    /// <summary>
    /// Tools called first; <see cref="Text"/> follows once the request ends in a tool's result. With
    /// <see cref="Turn"/> they are called whatever the request ends in, so that several turns can be scripted.
    /// </summary>
    public IReadOnlyList<ToolCall> Tools { get; init; } = [];

    /// <summary>Thoughts before the text.</summary>
    public string? Reasoning { get; init; }

    /// <summary>`length` and `content_filter` are told in the dialect's own word. Null: what is true.</summary>
    public Finish? Finish { get; init; }

    /// <summary>Figures that replace the counted ones.</summary>
    public Usage? Usage { get; init; }

    /// <summary>Replaces the script's.</summary>
    public Latency? Latency { get; init; }
}

/// <param name="Name">The tool.</param>
/// <param name="Arguments">An object; a JSON text for a tool that takes free text.</param>
public sealed record ToolCall(string Name, JsonElement? Arguments = null)
{
    /// <summary>A call with arguments written as JSON.</summary>
    public static ToolCall Of(string name, string json) => new(name, JsonSerializer.Deserialize<JsonElement>(json));
}

/// <summary>Token counts as told to the client. A null is counted; all of them in the way the guide says.</summary>
public sealed record Usage
{
    /// <summary>All input, cached included; each dialect tells it in its own way.</summary>
    public int? Input { get; init; }

    public int? Cached { get; init; }

    /// <summary>Written to the cache; only Anthropic's dialect tells it, apart from the input.</summary>
    public int? CacheWrite { get; init; }

    /// <summary>All output, reasoning included.</summary>
    public int? Output { get; init; }

    public int? Reasoning { get; init; }

    /// <summary>Tells no usage at all, as some servers do.</summary>
    public bool Omit { get; init; }
}

[JsonConverter(typeof(SnakeCase<Wrong>))]
public enum Wrong
{
    /// <summary>JSON that does not conform.</summary>
    Schema,

    /// <summary>No JSON: it ends in the middle.</summary>
    Syntax,

    /// <summary>The right JSON between words, in a code fence.</summary>
    Fenced,
}

[JsonConverter(typeof(SnakeCase<Finish>))]
public enum Finish
{
    Stop,
    Length,
    Tools,
    ContentFilter,
}
