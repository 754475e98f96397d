using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace Amoeba.Tools.Chat;

/// <summary>Chat completions: what comes back, whole or a piece of it.</summary>
internal sealed class OpenAiAnswer
{
    public string? Id { get; set; }

    public string? Model { get; set; }

    public List<OpenAiChoice>? Choices { get; set; }

    public OpenAiUsage? Usage { get; set; }

    public JsonElement? Error { get; set; }
}

internal sealed class OpenAiChoice
{
    public OpenAiText? Delta { get; set; }

    public OpenAiText? Message { get; set; }

    public string? FinishReason { get; set; }
}

internal sealed class OpenAiText
{
    public string? Content { get; set; }

    public string? Refusal { get; set; }

    /// <summary>Thinking, as vLLM, llama.cpp and others show it.</summary>
    public string? ReasoningContent { get; set; }

    /// <summary>The same, as Ollama shows it.</summary>
    public string? Reasoning { get; set; }
}

internal sealed class OpenAiUsage
{
    public long PromptTokens { get; set; }

    public long CompletionTokens { get; set; }

    public OpenAiDetails? PromptTokensDetails { get; set; }

    public OpenAiDetails? CompletionTokensDetails { get; set; }

    public UsageDetails Details() => new()
    {
        InputTokenCount = PromptTokens,
        OutputTokenCount = CompletionTokens,
        TotalTokenCount = PromptTokens + CompletionTokens,
        CachedInputTokenCount = PromptTokensDetails?.CachedTokens,
        ReasoningTokenCount = CompletionTokensDetails?.ReasoningTokens,
    };
}

internal sealed class OpenAiDetails
{
    public long? CachedTokens { get; set; }

    public long? ReasoningTokens { get; set; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(OpenAiAnswer))]
internal sealed partial class OpenAiJson : JsonSerializerContext;
