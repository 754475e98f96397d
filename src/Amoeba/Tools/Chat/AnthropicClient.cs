using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;

namespace Amoeba.Tools.Chat;

/// <summary>
/// Anthropic's messages. A schema is asked as a tool that has to be called; its argument is the answer.
/// </summary>
internal sealed class AnthropicClient(ChatConnection connection) : IChatClient
{
    private const string Path = "/messages";
    internal static readonly (string, string) KeyHeader = ("x-api-key", "");

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var idle = connection.Clock(cancellationToken);
        var body = AnthropicRequest.Write(connection, messages, options, stream: false);
        using var response = await connection.PostAsync(Path, body, KeyHeader, idle);
        return (await WholeAsync(response, idle)).ToList().ToChatResponse();
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var idle = connection.Clock(cancellationToken);
        var body = AnthropicRequest.Write(connection, messages, options, stream: true);
        using var response = await connection.PostAsync(Path, body, KeyHeader, idle);
        if (response.Content.Headers.ContentType?.MediaType == "application/json")
        {
            foreach (var update in await WholeAsync(response, idle)) yield return update;
            yield break;
        }

        await using var stream = await response.Content.ReadAsStreamAsync(idle.Token);
        using var events = new SseReader(stream, idle, SseLimits.LongestEvent);
        var read = events.ReadAsync;
        AnthropicUsage? usage = null;
        var (id, begun, finished, told) = ((string?)null, false, false, new AnthropicUsage().Details());
        while (await connection.GuardAsync(idle, read) is { } data)
        {
            var said = Parse(data.Span, AnthropicJson.Default.AnthropicEvent);
            if (said.Error is { } error) throw ChatErrors.InStream(error, begun, connection.Model);
            id ??= said.Message?.Id;
            if ((said.Usage ?? said.Message?.Usage) is { } newer)
            {
                // What was read is known at once; should the stream break, it still counts.
                (usage ??= new AnthropicUsage()).Take(newer);
                if (said.Type == "message_start") yield return Usage(told = usage.Details(), id);
            }

            if (said.Type == "message_stop")
            {
                if (!finished) throw ChatErrors.Broken(connection.Model, "ended without saying why the answer ends");
                if (usage is not null) yield return Usage(usage.Since(told), id);
                yield break;
            }

            if (Update(said, id) is not { } update) continue;
            begun = true;
            finished |= update.FinishReason is not null;
            yield return update;
        }

        throw ChatErrors.Broken(connection.Model, "ended its stream before the answer was whole");
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType == typeof(ChatClientMetadata)
            ? new ChatClientMetadata("anthropic", connection.Model.Entry.Url, connection.Model.Model)
            : serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
        // The connections are the parent's, shared by all calls.
    }

    private async Task<IEnumerable<ChatResponseUpdate>> WholeAsync(HttpResponseMessage response, IdleClock idle)
    {
        var body = await connection.BodyAsync(response, connection.Pace.Answer + SseLimits.Envelope, idle);
        var message = Parse(body.Span, AnthropicJson.Default.AnthropicMessage);
        if (message.Error is { } error) throw ChatErrors.InStream(error, begun: false, connection.Model);
        if (message.StopReason is not { } stop || message.Content is not { } blocks)
            throw ChatErrors.Broken(connection.Model, "answered without saying that the answer is whole");
        var update =
            new ChatResponseUpdate { Role = ChatRole.Assistant, ResponseId = message.Id, ModelId = message.Model };
        foreach (var block in blocks)
        {
            if (block.Thinking is { Length: > 0 } thought) update.Contents.Add(new TextReasoningContent(thought));
            if (block.Text is { Length: > 0 } text) update.Contents.Add(new TextContent(text));
            if (block.Input is { } input) update.Contents.Add(new TextContent(input.GetRawText()));
        }

        update.FinishReason = ChatMessages.Finish(stop);
        return message.Usage is { } usage ? [update, Usage(usage.Details(), message.Id)] : [update];
    }

    private static ChatResponseUpdate? Update(AnthropicEvent said, string? id)
    {
        var text = said.Delta?.Text ?? said.Delta?.PartialJson
            ?? (said.ContentBlock?.Type == "text" ? said.ContentBlock.Text : null);
        AIContent? content = text is { Length: > 0 } ? new TextContent(text)
            : said.Delta?.Thinking is { Length: > 0 } thought ? new TextReasoningContent(thought)
            : null;
        if (content is null && said.Delta?.StopReason is null) return null;
        var update = new ChatResponseUpdate { Role = ChatRole.Assistant, ResponseId = id };
        if (content is not null) update.Contents.Add(content);
        if (said.Delta?.StopReason is { } stop) update.FinishReason = ChatMessages.Finish(stop);
        return update;
    }

    private static ChatResponseUpdate Usage(UsageDetails usage, string? id) =>
        new(ChatRole.Assistant, [new UsageContent(usage)]) { ResponseId = id };

    private T Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type)
                ?? throw ChatErrors.Broken(connection.Model, "sent null for an answer");
        }
        catch (JsonException problem)
        {
            throw ChatErrors.Broken(
                connection.Model, $"sent what is no JSON of a message ({ChatErrors.Line(problem.Message)})", problem);
        }
    }
}
