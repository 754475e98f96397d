using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Amoeba.Tools.Chat;

/// <summary>Chat completions: the interface of OpenAI, Ollama, vLLM, LiteLLM, llama.cpp and most others.</summary>
internal sealed class OpenAiClient(ChatConnection connection) : IChatClient
{
    private const string Path = "/chat/completions";
    internal static readonly (string, string) KeyHeader = ("Authorization", "Bearer ");

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var idle = connection.Clock(cancellationToken);
        var body = OpenAiRequest.Write(connection, messages, options, stream: false);
        using var response = await connection.PostAsync(Path, body, KeyHeader, idle);
        var answer =
            Parse((await connection.BodyAsync(response, connection.Pace.Answer + SseLimits.Envelope, idle)).Span);
        return Whole(answer).ToList().ToChatResponse();
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var idle = connection.Clock(cancellationToken);
        var body = OpenAiRequest.Write(connection, messages, options, stream: true);
        using var response = await connection.PostAsync(Path, body, KeyHeader, idle);
        if (response.Content.Headers.ContentType?.MediaType == "application/json")
        {
            // A server that does not stream answers whole.
            var whole = await connection.BodyAsync(response, connection.Pace.Answer + SseLimits.Envelope, idle);
            foreach (var update in Whole(Parse(whole.Span))) yield return update;
            yield break;
        }

        await using var stream = await response.Content.ReadAsStreamAsync(idle.Token);
        using var events = new SseReader(stream, idle, SseLimits.LongestEvent);
        var read = events.ReadAsync;
        var (begun, finished, usage) = (false, false, (OpenAiUsage?)null);
        while (await connection.GuardAsync(idle, read) is { } data)
        {
            if (data.Span.SequenceEqual("[DONE]"u8))
            {
                if (!finished)
                    throw ChatErrors.Broken(connection.Model, "ended without saying that the answer is whole");
                if (usage is not null) yield return Usage(usage);
                yield break;
            }

            var answer = Parse(data.Span);
            if (answer.Error is { } error) throw ChatErrors.InStream(error, begun, connection.Model);
            if (answer.Choices is [{ } choice, ..])
            {
                if (Update(answer, choice, choice.Delta ?? choice.Message) is { } update)
                {
                    begun = true;
                    finished |= update.FinishReason is not null;
                    yield return update;
                }
            }

            // Some servers count on with every piece: the newest figures are all of it.
            usage = answer.Usage ?? usage;
        }

        throw ChatErrors.Broken(connection.Model, finished
            ? "ended its stream without [DONE]: what came may not be all"
            : "ended its stream before the answer was whole");
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType == typeof(ChatClientMetadata)
            ? new ChatClientMetadata("openai", connection.Model.Entry.Url, connection.Model.Model)
            : serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
        // The connections are the parent's, shared by all calls.
    }

    private IEnumerable<ChatResponseUpdate> Whole(OpenAiAnswer answer)
    {
        if (answer.Error is { } error) throw ChatErrors.InStream(error, begun: false, connection.Model);
        if (answer.Choices is not [{ FinishReason: not null } choice, ..])
            throw ChatErrors.Broken(connection.Model, "answered without saying that the answer is whole");
        yield return Update(answer, choice, choice.Message ?? choice.Delta)!;
        if (answer.Usage is { } usage) yield return Usage(usage);
    }

    private static ChatResponseUpdate Usage(OpenAiUsage usage) =>
        new(ChatRole.Assistant, [new UsageContent(usage.Details())]);

    private static ChatResponseUpdate? Update(OpenAiAnswer answer, OpenAiChoice choice, OpenAiText? text)
    {
        var refused = text?.Refusal is { Length: > 0 };
        var thought = text?.ReasoningContent ?? text?.Reasoning;
        if (choice.FinishReason is null && !refused && text?.Content is null or "" && thought is null or "")
            return null;
        var update =
            new ChatResponseUpdate { Role = ChatRole.Assistant, ResponseId = answer.Id, ModelId = answer.Model };
        if (thought is { Length: > 0 }) update.Contents.Add(new TextReasoningContent(thought));
        if (text?.Content is { Length: > 0 } content) update.Contents.Add(new TextContent(content));
        if (refused) update.Contents.Add(new ErrorContent(text!.Refusal) { ErrorCode = ChatMessages.Refusal.Value });
        if (choice.FinishReason is { } finish) update.FinishReason = ChatMessages.Finish(finish);
        return update;
    }

    private OpenAiAnswer Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, OpenAiJson.Default.OpenAiAnswer)
                ?? throw ChatErrors.Broken(connection.Model, "sent null for an answer");
        }
        catch (JsonException problem)
        {
            throw ChatErrors.Broken(
                connection.Model,
                $"sent what is no JSON of a chat completion ({ChatErrors.Line(problem.Message)})", problem);
        }
    }
}
