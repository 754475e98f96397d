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

    /// <summary>
    /// Null where no tool of its chain calls a model. Of several, the dearest way counts: a fallback may be needed.
    /// </summary>
    public static CallInput? Of(TaskSpec task, PlanSpec plan, ModelCatalog models)
    {
        CallInput? most = null;
        foreach (var chat in task.Do.OfType<ChatSpec>())
        {
            var call = Of(task, chat, plan, models);
            if (most is null || Dearness(call).CompareTo(Dearness(most)) > 0) most = call;
        }

        return most;
    }

    private static (bool, double) Dearness(CallInput call) => (call.CostsMoney, call.CostUsd ?? double.MaxValue);

    private static CallInput Of(TaskSpec task, ChatSpec chat, PlanSpec plan, ModelCatalog models)
    {
        var input =
            Tokens(chat.Prompt.With(plan.Vars)) + (chat.System is { } system ? Tokens(system.With(plan.Vars)) : 0);
        var output = Math.Min(chat.MaxTokens ?? AssumedAnswer, task.Limits.Tokens ?? double.MaxValue);
        var from = "assumed";
        if (task.Estimate.Tokens is { Template: null } estimate)
        {
            (input, output) = (Math.Min(input, estimate.Value), Math.Max(0, estimate.Value - input));
            from = "estimate";
        }

        (input, output) = (input * task.Batch, output * task.Batch);
        var named = chat.Model.With(plan.Vars);
        if (!named.IsLiteral || models.Find(named.Shown, out _) is not { } model)
        {
            var mayCost = models.Entries.Any(entry => models.Spec(entry, "").CostsMoney);
            return new CallInput(named.Shown, input + output, from, null, mayCost);
        }

        var quota = model.Quota;
        return new CallInput(
            model.Id, input + output, from, (double?)model.Price?.Of((long)input, (long)output, 0), model.CostsMoney,
            quota?.Concurrency, quota?.Requests, quota?.Tokens);
    }

    private static double Tokens(Template text) => text.Parts.Sum(part =>
        part.Kind == VariableKind.Literal ? part.Text.Length / CharactersAToken : AssumedFilling);
}
