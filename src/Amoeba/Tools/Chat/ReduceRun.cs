using System.Globalization;
using System.Text;
using Amoeba.Engine.Ports;
using Amoeba.Models;
using Amoeba.Plans;

namespace Amoeba.Tools.Chat;

/// <summary>
/// One attempt at a merge by a model. Level by level: what does not fit into one call goes, in plan order, into as few
/// as hold it, and their answers are what the next level joins.
/// </summary>
internal sealed class ReduceRun(
    ChatServices services, ToolRun run, BoundChatMerge merge, ModelSpec model, SpentNotes spent)
{
    private readonly ReduceTally _tally = new(run.Work.Limits.Tokens, merge.Allowance, spent.Left());
    private readonly ReduceWaits _waits = new(run.Waits);
    private readonly KeptAnswers _kept = new(merge.Kept);

    private readonly ReduceShape _shape = ReduceShape.Of(
        Bytes(merge.Before) + Bytes(merge.After) + Bytes(merge.Chat.System), merge.Chat.MaxTokens,
        merge.Context, model.Context, model.Quota?.Tokens);

    public async ValueTask<ToolOutcome> RunAsync(CancellationToken cancel)
    {
        var outcome = await JoinAsync(cancel);
        spent.Clear();
        return outcome;
    }

    private async ValueTask<ToolOutcome> JoinAsync(CancellationToken cancel)
    {
        if (!_shape.Fits)
        {
            _tally.Fail(AttemptEnd.Hopeless,
                $"context: beside the prompt and {_shape.Answer} tokens of an answer, {_shape.Context} tokens "
                + "leave no room for results; raise merge.context if the model takes more, "
                + "lower max_tokens, or shorten the prompt");
            return _tally.Outcome(0);
        }

        var level = 0;
        try
        {
            var (results, before) = (merge.Results, int.MaxValue);
            while (true)
            {
                var groups =
                    ReducePacking.Pack(ReducePieces.Of(results, _shape.Room).Select(piece => piece.Size), _shape.Room);
                if (groups.Count == 0) return _tally.Outcome(0) with { Note = "there was no result to join" };
                level++;
                if (groups.Count == 1) return await LastAsync(results, level, cancel);
                if (groups.Count >= before || level >= ReduceEstimate.MostLevels) return TooLong(groups.Count, level);
                if (await LevelAsync(results, groups, level, cancel) is not { } answers) return _tally.Outcome(level);
                (results, before) = (answers, groups.Count);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            _tally.Fail(AttemptEnd.Stopped, "stopped");
        }
        catch (OutputDamagedException damaged)
        {
            _tally.Fail(AttemptEnd.Hopeless, damaged.Message);
        }

        return _tally.Outcome(level);
    }

    /// <summary>The answers of a level, in order; null where it ends the attempt.</summary>
    private async ValueTask<MergeResult[]?> LevelAsync(
        IEnumerable<MergeResult> results, List<int> groups, int level, CancellationToken cancel)
    {
        var answers = new MergeResult?[groups.Count];
        var side = new ParallelOptions { MaxDegreeOfParallelism = merge.Width };
        await Parallel.ForEachAsync(Prompts(results, groups, cancel), side, async (part, _) =>
        {
            var title = string.Create(CultureInfo.InvariantCulture, $"part=\"{part.At + 1} of {groups.Count}\"");
            var chat = merge.Chat with { Prompt = part.Prompt, Schema = null };
            answers[part.At] =
                await AskAsync(chat, part.At, title, $"level {level}, {part.At + 1} of {groups.Count}: ", null, cancel);
        });
        return Array.TrueForAll(answers, answer => answer is not null) ? [.. answers.OfType<MergeResult>()] : null;
    }

    private IEnumerable<(int At, string Prompt)> Prompts(
        IEnumerable<MergeResult> results, List<int> groups, CancellationToken cancel)
    {
        using var pieces = ReducePieces.Of(results, _shape.Room).GetEnumerator();
        for (var at = 0; at < groups.Count && !_tally.IsOver && !cancel.IsCancellationRequested; at++)
        {
            var text = new StringBuilder(merge.Before);
            for (var i = 0; i < groups[at] && pieces.MoveNext(); i++) ReducePieces.Write(text, pieces.Current);
            text.Append(merge.After)
                .Append(CultureInfo.InvariantCulture, $"\n\nThese results are part {at + 1} of {groups.Count}. ")
                .Append("The answers to all parts will be joined in the same way, so keep whatever the whole needs.");
            yield return (at, text.ToString());
        }
    }

    private async ValueTask<ToolOutcome> LastAsync(
        IEnumerable<MergeResult> results, int level, CancellationToken cancel)
    {
        var text = new StringBuilder(merge.Before);
        foreach (var piece in ReducePieces.Of(results, _shape.Room)) ReducePieces.Write(text, piece);
        var chat = merge.Chat with { Prompt = text.Append(merge.After).ToString() };
        if (await AskAsync(chat, 0, "", level > 1 ? "the last call: " : "", run.Output, cancel) is { } answer)
        {
            await using var bytes = answer.Open();
            var buffer = new byte[64 * 1024];
            for (int count; (count = await bytes.ReadAsync(buffer, cancel)) > 0;)
                run.Output.Write(buffer.AsSpan(0, count));
        }

        return _tally.Outcome(level);
    }

    /// <summary>One call, or the answer that is kept from an earlier one; null where it failed.</summary>
    /// <param name="chat">What is asked.</param>
    /// <param name="at">Its place among those of its level.</param>
    /// <param name="title">What its answer is called where it is read again.</param>
    /// <param name="where">Before an error's words.</param>
    /// <param name="bad">Takes an answer that is no good one, so that a person can see it.</param>
    /// <param name="cancel">Ends it.</param>
    private async ValueTask<MergeResult?> AskAsync(
        BoundChat chat, int at, string title, string where, IOutputWriter? bad, CancellationToken cancel)
    {
        var key = KeptAnswers.KeyOf(model.Id, chat);
        if (_kept.Find(key, title) is { } known)
        {
            _tally.Kept();
            return known;
        }

        var input = ChatSpent.Estimate(Bytes(chat.Prompt)) + ChatSpent.Estimate(Bytes(chat.System));
        var share = new ReduceShare(input + _shape.Answer, model.Price?.Of(input, _shape.Answer, 0) ?? 0);
        if (!await _tally.ReserveAsync(share, cancel)) return null;
        using var output = new ReduceOutput(Math.Min(run.Work.Limits.Output, SchemaAnswer.Longest));
        ToolOutcome outcome;
        try
        {
            using var waits = _waits.Begin();
            var call =
                new ToolRun
                {
                    Tool = chat,
                    Work = WorkOf(share.Tokens),
                    Output = output,
                    Force = run.Force,
                    Waits = waits,
                    Watch = run.Watch
                };
            outcome = await new ChatAttempt(services, call, chat, model).RunAsync(cancel);
            spent.Add(outcome.Tokens, outcome.CostUsd);
        }
        catch
        {
            _tally.Lost(share);
            throw;
        }

        if (outcome.End == AttemptEnd.Succeeded)
        {
            _tally.Ended(at, share, outcome);
            var answer = run.Work.Masker.Apply(Encoding.UTF8.GetString(output.Bytes));
            return _kept.Keep(key, title, Encoding.UTF8.GetBytes(answer));
        }

        _tally.Ended(at, share, outcome with { Error = where + outcome.Error });
        bad?.Write(output.Bytes);
        return null;
    }

    /// <summary>The attempt's own, with its share of the tokens.</summary>
    private AttemptWork WorkOf(long tokens)
    {
        var work = run.Work;
        return new AttemptWork
        {
            Order = work.Order,
            Chain = work.Chain,
            Items = work.Items,
            Limits = work.Limits.Tokens is null && merge.Allowance == default
                ? work.Limits
                : work.Limits with { Tokens = tokens },
            Folder = work.Folder,
            Environment = work.Environment,
            Masker = work.Masker,
            Grace = work.Grace,
        };
    }

    private ToolOutcome TooLong(int calls, int level)
    {
        var levels = level == 2 ? "1 level" : $"{level - 1} levels";
        _tally.Fail(AttemptEnd.Hopeless, $"context: after {levels} the answers still fill {calls} calls of "
            + $"{_shape.Context} tokens, as many as the results before: they do not get shorter; ask for shorter ones, "
            + "set max_tokens, or raise merge.context");
        return _tally.Outcome(level - 1);
    }

    private static int Bytes(string? text) => text is null ? 0 : Encoding.UTF8.GetByteCount(text);
}
