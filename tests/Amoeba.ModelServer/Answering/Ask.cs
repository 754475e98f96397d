using System.Text.Json;

namespace Amoeba.StandIn.Answering;

/// <summary>A request for an answer, whatever its dialect. Elements live as long as the request.</summary>
internal sealed record Ask
{
    public required string Model { get; init; }

    public string System { get; init; } = "";

    public required IReadOnlyList<Message> Messages { get; init; }

    public JsonElement? Schema { get; init; }

    public IReadOnlyList<ToolOffer> Tools { get; init; } = [];

    /// <summary>The tool that has to be called, if one is named.</summary>
    public string? ForcedTool { get; init; }

    public bool Stream { get; init; }

    public bool IncludeUsage { get; init; }

    public int? MaxTokens { get; init; }

    public int InputTokens { get; init; }

    public string LastUser => Messages.LastOrDefault(message => message.Role == Role.User)?.Text ?? "";

    public string? ToolResult => Messages is [.., { Role: Role.Tool } last] ? last.Text : null;

    /// <summary>1 plus what the assistant said so far; what it said in one go counts once.</summary>
    public int Turn
    {
        get
        {
            var turn = 1;
            for (var i = 0; i < Messages.Count; i++)
            {
                if (Messages[i].Role == Role.Assistant && (i == 0 || Messages[i - 1].Role != Role.Assistant)) turn++;
            }

            return turn;
        }
    }
}

internal sealed record Message(Role Role, string Text);

internal sealed record ToolOffer(string Name, JsonElement? Schema, bool FreeText = false);

internal enum Role
{
    System,
    User,
    Assistant,
    Tool,
}

/// <summary>The request is not one of its dialect: 400 with these words.</summary>
internal sealed class BadAskException(string message) : Exception(message);
