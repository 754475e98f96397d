using Amoeba.Models;
using Amoeba.Plans;

namespace Amoeba.Deciding;

/// <summary>What one task of a plan is expected to call.</summary>
internal static class CallInputs
{
    /// <summary>Tokens that an answer is taken to have where neither the plan nor a limit says.</summary>
    private const double AssumedAnswer = 500;

    /// <summary>Tokens that what is filled in is taken to have, beside the prompt's own text.</summary>
    private const double AssumedFilling = 100;

    /// <summary>A text has about so many characters a token.</summary>
    private const double CharactersAToken = 4;

    /// <summary>Null where no tool of its chain calls a model. Of several, the dearest way counts: a fallback may be needed.</summary>
    public static CallInput? Of(TaskSpec task, ModelCatalog models)
    {
        CallInput? most = null;
        foreach (var chat in task.Do.OfType<ChatSpec>())
        {
            var call = Of(task, chat, models);
            if (most is null || (call.CostsMoney, call.CostUsd ?? double.MaxValue).CompareTo((most.CostsMoney, most.CostUsd ?? double.MaxValue)) > 0)
                most = call;
        }

        return most;
    }

    private static CallInput Of(TaskSpec task, ChatSpec chat, ModelCatalog models)
    {
        var input = Tokens(chat.Prompt) + (chat.System is { } system ? Tokens(system) : 0);
        var output = Math.Min(chat.MaxTokens ?? AssumedAnswer, task.Limits.Tokens ?? double.MaxValue);
        var from = "assumed";
        if (task.Estimate.Tokens is { Template: null } estimate)
        {
            (input, output) = (Math.Min(input, estimate.Value), Math.Max(0, estimate.Value - input));
            from = "estimate";
        }

        (input, output) = (input * task.Batch, output * task.Batch);
        var name = string.Concat(chat.Model.Parts.Select(part => part.ToString()));
        if (!chat.Model.IsLiteral || models.Find(name, out _) is not { } model)
            return new CallInput(name, input + output, from, null, models.Entries.Any(entry => models.Spec(entry, "").CostsMoney));
        var quota = model.Quota;
        return new CallInput(
            model.Id, input + output, from, (double?)model.Price?.Of((long)input, (long)output, 0), model.CostsMoney,
            quota?.Concurrency, quota?.Requests, quota?.Tokens);
    }

    private static double Tokens(Template text) => text.Parts.Sum(part =>
        part.Kind == VariableKind.Literal ? part.Text.Length / CharactersAToken : AssumedFilling);
}
