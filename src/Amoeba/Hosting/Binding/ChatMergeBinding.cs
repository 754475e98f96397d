using System.Globalization;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Reusing;
using Amoeba.Merging;
using Amoeba.Plans;

namespace Amoeba.Hosting.Binding;

/// <summary>Binds the attempts of a merge by a model.</summary>
internal sealed class ChatMergeBinding(JobBinding job, ChatMergeSpec spec, IStoreReader store, IOutputs outputs)
{
    private const int MostOfItem = 200;

    public AttemptWork Bind(AttemptOrder order, JobInputs inputs)
    {
        var scope = new AttemptScope(job.Job, inputs, job.Secrets, [], 0);
        var (before, after) = Prompt(scope);
        var status = store.FindJob(job.Job.Id)?.Status;
        var tool = new BoundChatMerge(
            (BoundChat)ToolBinding.Bind(spec.Chat with { Prompt = Template.Literal("") }, scope), before, after)
        {
            Context = spec.Context,
            // It has the job to itself: every task ended.
            Width = Math.Max(1, status?.Width ?? 1),
            Allowance = status is null ? default : Left(status),
            Results = new ResultRows(store, job.Job).Read().Select(Result),
            Kept = Path.Combine(job.Options.OutputsFolder, job.Job.Id, "merge"),
        };
        return new AttemptWork
        {
            Order = order,
            Chain = [tool],
            Items = [],
            Limits = job.Job.Plan.Merge!.Limits,
            Folder = job.Job.Folder,
            Environment = () => new ProgramEnvironment([], null),
            Masker = job.Masker,
            Earlier = job.EarlierMerge,
            Unasked = job.Job.IsMergeCountedOn ? CountedOn.Broken : null,
            Grace = job.Options.Grace,
        };
    }

    private MergeAllowance Left(JobStatusRecord status)
    {
        var budget = status.Budget is { } own ? BudgetWords.Read(own, BudgetSpec.None) : job.Job.Plan.Budget;
        return new MergeAllowance(
            budget.Tokens - (status.Tokens.Input + status.Tokens.Output + status.Tokens.Cached),
            budget.CostUsd - status.CostUsd);
    }

    /// <summary>What stands before and behind `{results}`; without it they follow the prompt.</summary>
    private (string Before, string After) Prompt(AttemptScope scope)
    {
        var parts = spec.Chat.Prompt.Parts;
        string Fill(IEnumerable<TemplatePart> some) =>
            string.Concat(some.Select(part => new Template(spec.Chat.Prompt.Source, [part]).Fill(scope)));
        var at = parts.TakeWhile(part => part.Kind != VariableKind.Results).Count();
        return at == parts.Count ? (Fill(parts).TrimEnd() + "\n\n", "")
            : (Fill(parts.Take(at)), Fill(parts.Skip(at + 1)));
    }

    private MergeResult Result(MergeRow row) =>
        new(Title(row), row.Output.Length, () => outputs.Read(job.Job.Id, row.Output));

    private string Title(MergeRow row)
    {
        var words = new List<string>(3);
        if (row.Item is null || job.Job.Stages.Count > 1) words.Add($"task=\"{row.Task}\"");
        if (row.Item is { } item)
        {
            words.Add(string.Create(CultureInfo.InvariantCulture, $"index=\"{row.Index}\""));
            words.Add($"item=\"{Quoted(item.Text)}\"");
        }

        return string.Join(' ', words);
    }

    /// <summary>In one line, not too long, and without what would end it.</summary>
    private static string Quoted(string text)
    {
        var length = Math.Min(text.Length, MostOfItem);
        if (length < text.Length && char.IsHighSurrogate(text[length - 1])) length--;
        var line = string.Create(length, text, static (into, from) =>
        {
            for (var i = 0; i < into.Length; i++)
                into[i] = from[i] == '"' ? '\'' : char.IsControl(from[i]) ? ' ' : from[i];
        });
        return length < text.Length ? line + "..." : line;
    }
}
