using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Amoeba.StandIn.Answering;

/// <summary>Chooses the script's answer for a request and makes what it says.</summary>
internal sealed partial class Answerer(Script script)
{
    private readonly Rule[] _rules = [.. script.Answers.Select(answer => new Rule(answer))];

    public Reply Answer(Ask ask, Chance chance, long number, long created)
    {
        var (answer, found) = Choose(ask);
        Called[] tools = Calls(answer, ask) is { Count: > 0 } calls
            ? [.. calls.Select((call, i) => Call(call, ask, $"{number}_{i}", chance))]
            : Forced(ask, chance, number);
        var text = tools.Length > 0 ? "" : Text(answer, ask, found, chance, number);
        var finish = tools.Length > 0 ? Finish.Tools : Finish.Stop;
        if (ask.MaxTokens is { } most && TokenRule.Count(text) > most)
        {
            text = TokenRule.Cut(text, most);
            finish = Finish.Length;
        }

        return new Reply
        {
            Text = text,
            Reasoning = answer?.Reasoning,
            Tools = tools,
            Finish = answer?.Finish ?? finish,
            Counts = Count(answer, ask, text, tools),
            Latency = answer?.Latency ?? script.Latency,
            Number = number,
            Created = created,
        };
    }

    private (Answer? Answer, Match? Found) Choose(Ask ask)
    {
        foreach (var rule in _rules)
        {
            if (rule.Fits(ask, out var found)) return (rule.Answer, found);
        }

        return (null, null);
    }

    private static IReadOnlyList<ToolCall>? Calls(Answer? answer, Ask ask) =>
        answer is not null && (answer.Turn is not null || ask.ToolResult is null) ? answer.Tools : null;

    private static Called Call(ToolCall call, Ask ask, string id, Chance chance)
    {
        var offer = ask.Tools.FirstOrDefault(tool => tool.Name == call.Name);
        if (offer is { FreeText: true } && call.Arguments is { ValueKind: JsonValueKind.String } free)
            return new Called(id, call.Name, free.GetString()!, true);
        var arguments = call.Arguments?.GetRawText() ?? Sample(offer?.Schema, chance, null);
        return new Called(id, call.Name, arguments, offer is { FreeText: true });
    }

    private static Called[] Forced(Ask ask, Chance chance, long number) =>
        ask.ForcedTool is { } name && ask.ToolResult is null
            ? [Call(new ToolCall(name), ask, $"{number}_0", chance)]
            : [];

    private static string Text(Answer? answer, Ask ask, Match? found, Chance chance, long number)
    {
        if (answer?.Tokens is { } tokens) return TokenRule.Text(tokens, chance);
        if (answer?.Text is { } template) return Fill(template, ask, found, number);
        if (ask.Schema is { } schema) return Sample(schema, chance, answer?.Wrong);
        return ask.ToolResult ?? ask.LastUser;
    }

    private static string Fill(string template, Ask ask, Match? found, long number) =>
        Blank().Replace(template, blank =>
        blank.Groups[1].Value switch
        {
            "last" => ask.LastUser,
            "system" => ask.System,
            "model" => ask.Model,
            "tool" => ask.ToolResult ?? "",
            "n" => number.ToString(CultureInfo.InvariantCulture),
            var group => found?.Groups[int.Parse(group, CultureInfo.InvariantCulture)].Value ?? blank.Value,
        });

    private static string Sample(JsonElement? schema, Chance chance, Wrong? wrong)
    {
        if (schema is not { } asked) return "{}";
        var sample = new SchemaSample(asked, chance);
        if (wrong == Wrong.Schema) return sample.Spoil().ToJsonString();
        var right = sample.Make()?.ToJsonString() ?? "null";
        return wrong switch
        {
            Wrong.Syntax => right[..(right.Length / 2)],
            Wrong.Fenced => $"Here it is:\n```json\n{right}\n```\n",
            _ => right,
        };
    }

    private static Counts Count(Answer? answer, Ask ask, string text, Called[] tools)
    {
        var said = answer?.Usage;
        var reasoning = said?.Reasoning ?? TokenRule.Count(answer?.Reasoning);
        var calls = tools.Sum(call => TokenRule.Count(call.Name) + TokenRule.Count(call.Arguments));
        return new Counts(
            Input: said?.Input ?? ask.InputTokens,
            Cached: said?.Cached ?? 0,
            CacheWrite: said?.CacheWrite ?? 0,
            Output: said?.Output ?? reasoning + TokenRule.Count(text) + calls,
            Reasoning: reasoning,
            Omit: said?.Omit ?? false);
    }

    [GeneratedRegex(@"\{(last|system|model|tool|n|[0-9])\}")]
    private static partial Regex Blank();

    private sealed class Rule(Answer answer)
    {
        private readonly Regex? _when = answer.When is { } when ? new Regex(when, RegexOptions.Multiline) : null;
        private readonly Regex? _model = answer.Model is { } model ? new Regex(model) : null;
        private int _used;

        public Answer Answer => answer;

        public bool Fits(Ask ask, out Match? found)
        {
            found = _when?.Match(ask.LastUser);
            return found is null or { Success: true } && _model?.IsMatch(ask.Model) != false
                && (answer.Turn is null || answer.Turn == ask.Turn)
                && (answer.Times is not { } times || Interlocked.Increment(ref _used) <= times);
        }
    }
}
