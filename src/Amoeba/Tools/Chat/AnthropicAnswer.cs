using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace Amoeba.Tools.Chat;

/// <summary>An event of a stream; which one is in <see cref="Type"/>.</summary>
internal sealed class AnthropicEvent
{
    public string? Type { get; set; }

    public AnthropicMessage? Message { get; set; }

    public AnthropicBlock? ContentBlock { get; set; }

    public AnthropicDelta? Delta { get; set; }

    public AnthropicUsage? Usage { get; set; }

    public JsonElement? Error { get; set; }
}

/// <summary>A whole answer, or the beginning of a streamed one.</summary>
internal sealed class AnthropicMessage
{
    public string? Type { get; set; }

    public string? Id { get; set; }

    public string? Model { get; set; }

    public List<AnthropicBlock>? Content { get; set; }

    public string? StopReason { get; set; }

    public AnthropicUsage? Usage { get; set; }

    public JsonElement? Error { get; set; }
}

internal sealed class AnthropicBlock
{
    public string? Type { get; set; }

    public string? Text { get; set; }

    public string? Thinking { get; set; }

    public JsonElement? Input { get; set; }
}

internal sealed class AnthropicDelta
{
    public string? Type { get; set; }

    public string? Text { get; set; }

    public string? Thinking { get; set; }

    public string? PartialJson { get; set; }

    public string? StopReason { get; set; }
}

/// <summary>Each figure is the newest known; null says nothing new.</summary>
internal sealed class AnthropicUsage
{
    public long? InputTokens { get; set; }

    public long? OutputTokens { get; set; }

    public long? CacheReadInputTokens { get; set; }

    public long? CacheCreationInputTokens { get; set; }

    public void Take(AnthropicUsage newer)
    {
        InputTokens = newer.InputTokens ?? InputTokens;
        OutputTokens = newer.OutputTokens ?? OutputTokens;
        CacheReadInputTokens = newer.CacheReadInputTokens ?? CacheReadInputTokens;
        CacheCreationInputTokens = newer.CacheCreationInputTokens ?? CacheCreationInputTokens;
    }

    /// <summary>What is new since figures that were told: whoever adds up all that it is told is right.</summary>
    public UsageDetails Since(UsageDetails told)
    {
        var now = Details();
        return new UsageDetails
        {
            InputTokenCount = now.InputTokenCount - told.InputTokenCount,
            OutputTokenCount = now.OutputTokenCount - told.OutputTokenCount,
            TotalTokenCount = now.TotalTokenCount - told.TotalTokenCount,
            CachedInputTokenCount = (now.CachedInputTokenCount ?? 0) - (told.CachedInputTokenCount ?? 0),
        };
    }

    /// <summary>With what came from the cache among the input, as every other client counts.</summary>
    public UsageDetails Details()
    {
        var input = (InputTokens ?? 0) + (CacheReadInputTokens ?? 0) + (CacheCreationInputTokens ?? 0);
        return new UsageDetails
        {
            InputTokenCount = input,
            OutputTokenCount = OutputTokens ?? 0,
            TotalTokenCount = input + (OutputTokens ?? 0),
            CachedInputTokenCount = CacheReadInputTokens,
        };
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(AnthropicEvent))]
[JsonSerializable(typeof(AnthropicMessage))]
internal sealed partial class AnthropicJson : JsonSerializerContext;
