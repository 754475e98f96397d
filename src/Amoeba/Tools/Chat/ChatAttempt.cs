using System.Text.Json;
using Amoeba.Engine.Ports;
using Amoeba.Models;
using Amoeba.Scheduling;
using Microsoft.Extensions.AI;

namespace Amoeba.Tools.Chat;

/// <summary>
/// One attempt: the question, the answer, and where a schema was asked and missed, one question more.
/// </summary>
internal sealed class ChatAttempt(
    ChatServices services, ToolRun run, BoundChat chat, ModelSpec model)
{
    /// <summary>What an answer is taken for where nothing says how long it may be.</summary>
    private const int UsualAnswer = 512;

    private readonly ChatSpent _spent = new();
    private readonly List<string> _notes = [];

    public async ValueTask<ToolOutcome> RunAsync(CancellationToken cancel)
    {
        try
        {
            var messages = await MessagesAsync(cancel);
            return chat.Schema is null ? await PlainAsync(messages, cancel) : await BySchemaAsync(messages, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return Outcome(AttemptEnd.Stopped, null);
        }
        catch (ChatFailureException failure)
        {
            var end = failure.Kind == ChatFailure.Hopeless ? AttemptEnd.Hopeless : AttemptEnd.Failed;
            return Outcome(end, failure.Message);
        }
        catch (QuotaTooSmallException refused)
        {
            return Outcome(AttemptEnd.Hopeless, $"quota: {refused.Message}");
        }
        catch (NotSupportedException refused)
        {
            return Outcome(AttemptEnd.Hopeless, $"chat: {refused.Message}");
        }
        catch (Exception problem) when (model.Entry.Kind == ModelKind.Own
            && problem is not (StoreUnusableException or OperationCanceledException))
        {
            return Outcome(AttemptEnd.Failed, $"{model.Id}: {problem.GetType().Name}: {problem.Message}");
        }
    }

    private async ValueTask<ToolOutcome> PlainAsync(List<ChatMessage> messages, CancellationToken cancel)
    {
        var answer = await CallAsync(messages, run.Output, cancel);
        if (Verdict(answer) is { } bad) return bad;
        if (answer.Finish == ChatFinishReason.Length) _notes.Add(CutWords());
        return Outcome(AttemptEnd.Succeeded, null);
    }

    private async ValueTask<ToolOutcome> BySchemaAsync(List<ChatMessage> messages, CancellationToken cancel)
    {
        for (var repair = false; ; repair = true)
        {
            var answer = await CallAsync(messages, null, cancel);
            if (Verdict(answer) is { } bad) return bad;
            if (answer.Finish == ChatFinishReason.Length) return Outcome(AttemptEnd.Hopeless, $"length: {CutWords()}");
            var (json, wrong) = SchemaAnswer.Check(chat.Schema!, answer.Kept);
            if (wrong.Count == 0)
            {
                if (repair) _notes.Add("the first answer did not fit the schema and was repaired");
                run.Output.Write(json.Span);
                return Outcome(AttemptEnd.Succeeded, null);
            }

            if (repair)
            {
                // Kept, so that a person can see what it was.
                run.Output.Write(answer.Kept.Span);
                return Outcome(
                    AttemptEnd.Failed,
                    $"schema: twice {model.Id} gave an answer that is not by the schema: {string.Join("; ", wrong)}");
            }

            messages.Add(new ChatMessage(ChatRole.Assistant, SchemaAnswer.Shown(answer.Kept)));
            messages.Add(new ChatMessage(ChatRole.User, SchemaAnswer.Repair(wrong)));
        }
    }

    /// <summary>What makes an answer that is whole no good one; null where nothing does.</summary>
    private ToolOutcome? Verdict(ChatAnswer answer) => answer switch
    {
        { IsOver: true } => Outcome(AttemptEnd.OverLimit, "output: the answer is longer than limits.output"),
        { Refusal: { } words } =>
            Outcome(AttemptEnd.Hopeless, $"refused: {model.Id} will not do this: {ChatErrors.Line(words)}"),
        { Finish: { } finish } when finish == ChatMessages.Refusal =>
            Outcome(AttemptEnd.Hopeless, $"refused: {model.Id} will not do this; change the prompt"),
        { Finish: { } finish } when finish == ChatFinishReason.ContentFilter => Outcome(
            AttemptEnd.Hopeless,
            $"content filter: the server of {model.Id} held the answer back; change the prompt"),
        { Finish: null } =>
            Outcome(AttemptEnd.Failed, $"broken answer: {model.Id} did not say that its answer is whole"),
        { Written: 0 } => Outcome(AttemptEnd.Failed, answer.Finish == ChatFinishReason.Length
            ? $"length: {model.Id} had no room left for an answer; {CutWords()}"
            : $"empty answer: {model.Id} answered nothing"),
        _ => null,
    };

    /// <summary>Calls until a limit lets it through; waiting for that is no failed attempt, however often.</summary>
    private async ValueTask<ChatAnswer> CallAsync(
        List<ChatMessage> messages, IOutputWriter? output, CancellationToken cancel)
    {
        var input = ChatSpent.Estimate(messages);
        var options = Options(input);
        var most = options.MaxOutputTokens ?? UsualAnswer;
        var ask = new QuotaAsk(model.Id, run.Work.Order.Job, input + most, model.Quota ?? QuotaSpec.None);
        while (true)
        {
            QuotaGrant? grant = await services.Quotas.ReserveAsync(ask, run.Waits, cancel);
            var answer = new ChatAnswer(output, Math.Min(run.Work.Limits.Output, SchemaAnswer.Longest));
            var connection = model.Entry.Kind == ModelKind.Own ? null : services.Connect(model, Pace());
            var (settled, sent) = (false, true);
            try
            {
                await StreamAsync(connection, messages, options, answer, cancel);
                settled = true;
                return answer;
            }
            catch (ChatFailureException failure) when (failure.Kind == ChatFailure.Throttled)
            {
                settled = true;
                services.Quotas.Throttled(grant, failure.News);
                grant = null;
            }
            catch (ChatFailureException failure) when (!failure.Sent)
            {
                sent = false;
                throw;
            }
            finally
            {
                if (grant is not null)
                {
                    // Refused calls, too, count against most servers' limits, though they take no tokens.
                    var tokens = connection?.IsAccepted != false
                        ? _spent.Add(answer.Usage, input, answer.Written + answer.Thought, settled)
                        : 0;
                    services.Quotas.Settle(grant, new QuotaUse(tokens, sent, connection?.News));
                }
            }
        }
    }

    private async ValueTask StreamAsync(
        ChatConnection? connection, List<ChatMessage> messages,
        ChatOptions options, ChatAnswer answer, CancellationToken cancel)
    {
        // A connection sees each byte and has its own clock; of a client of the embedding program only pieces are seen.
        using var idle = connection is null ? services.Clock(Pace(), cancel) : null;
        try
        {
            await foreach (var update in Open(connection)
                .GetStreamingResponseAsync(messages, options, idle?.Token ?? cancel))
            {
                idle?.Touch();
                run.Watch.Progress(1);
                if (!answer.Take(update)) break;
            }
        }
        catch (OperationCanceledException) when (idle is { IsStalled: true })
        {
            throw ChatErrors.Stalled(model, idle.Stall);
        }
    }

    private IChatClient Open(ChatConnection? connection) => connection switch
    {
        null => services.Own?.Find(model.Entry.Name)
            ?? throw ChatFailureException.Before(
                ChatFailure.Hopeless, $"no client is registered as {model.Entry.Name}"),
        { Model.Entry.Kind: ModelKind.Anthropic } => new AnthropicClient(connection),
        _ => new OpenAiClient(connection),
    };

    private async ValueTask<List<ChatMessage>> MessagesAsync(CancellationToken cancel)
    {
        if (model.Entry.Kind == ModelKind.Anthropic)
        {
            if (chat.Seed is not null) _notes.Add("the seed was not sent: Anthropic's models have none");
            if (chat.Temperature > 1)
                _notes.Add("the temperature was sent as 1, the most that Anthropic's models have");
        }

        var user = new ChatMessage { Role = ChatRole.User };
        if (chat.Images.Count > 0 || chat.Audio.Count > 0)
        {
            if (chat.Audio.Count > 0 && model.Entry.Kind == ModelKind.Anthropic)
            {
                throw ChatFailureException.Before(
                    ChatFailure.Hopeless,
                    $"chat: {model.Id} takes no sound; use a model that does, or leave audio out");
            }

            var files = ChatFiles.Read(chat.Images, chat.Audio, run.Work.Folder);
            foreach (var file in files) user.Contents.Add(file);
        }

        user.Contents.Add(new TextContent(chat.Prompt));
        return chat.System is { } system ? [new ChatMessage(ChatRole.System, system), user] : [user];
    }

    private ChatOptions Options(long input)
    {
        var options = new ChatOptions
        {
            ModelId = model.Model.Length > 0 ? model.Model : null,
            Temperature = (float?)chat.Temperature,
            Seed = chat.Seed,
            MaxOutputTokens = MostTokens(input),
        };
        if (chat.Schema is not { } schema) return options;
        using var json = JsonDocument.Parse(schema.Json);
        options.ResponseFormat =
            ChatResponseFormat.ForJsonSchema(json.RootElement.Clone(), AnthropicRequest.AnswerTool);
        if (schema.IsStrict)
            options.AdditionalProperties = new AdditionalPropertiesDictionary { [ChatMessages.Strict] = true };
        return options;
    }

    /// <summary>
    /// `limits.tokens` is for the whole attempt: what was read and what was spent before leaves the answer less.
    /// </summary>
    private int? MostTokens(long input)
    {
        if (run.Work.Limits.Tokens is not { } limit) return chat.MaxTokens;
        var spent = _spent.Tokens;
        var room = limit - input - spent.Input - spent.Output - spent.Cached;
        if (room < 1)
        {
            throw ChatFailureException.Before(
                ChatFailure.Hopeless,
                $"tokens: about {limit - room} are needed before the answer begins, and limits.tokens is {limit}; "
                + "raise it, or ask less");
        }

        var most = chat.MaxTokens
            ?? (model.Entry.Kind == ModelKind.Anthropic ? AnthropicRequest.UsualMost : int.MaxValue);
        return (int)Math.Min(room, most);
    }

    private ChatPace Pace()
    {
        var stall = run.Work.Limits.Stall ?? Plans.StallLimits.Answers;
        return new ChatPace(stall == TimeSpan.Zero ? null : stall, run.Work.Limits.Output);
    }

    private static string CutWords() =>
        "the answer was cut short: it reached the most tokens that it may have; raise max_tokens or limits.tokens";

    private ToolOutcome Outcome(AttemptEnd end, string? error)
    {
        if (_spent.IsEstimated) _notes.Add("its tokens are estimated: the server did not count them");
        return new ToolOutcome(end, error)
        {
            Tokens = _spent.Tokens,
            CostUsd = _spent.CostOf(model),
            Note = _notes.Count == 0 ? null : string.Join("; ", _notes),
        };
    }
}
