using Amoeba.Models;
using Amoeba.Plans;

namespace Amoeba.Deciding;

/// <summary>What a merge by a model is expected to call.</summary>
/// <param name="Model">NAME/MODEL.</param>
/// <param name="Calls">Calls, those of all levels.</param>
/// <param name="Levels">Levels of the tree; the calls of one may go side by side.</param>
/// <param name="Tokens">Of all calls, input and output together.</param>
/// <param name="CostUsd">Of all calls, US dollars; null where the price is not known.</param>
/// <param name="CostsMoney">It costs, or may.</param>
/// <param name="LargestTokens">Of the largest of them.</param>
internal sealed record MergeCalls(
    string Model, long Calls, int Levels, double Tokens, double? CostUsd, bool CostsMoney, double LargestTokens)
{
    /// <summary>Bytes that a result is taken for where no model makes it.</summary>
    private const long AssumedResult = 2000;

    /// <summary>Bytes of the item's text and number beside each result.</summary>
    private const long AssumedTitle = 40;

    /// <summary>Tokens that an answer of a task is taken for where the plan does not say.</summary>
    private const long AssumedAnswer = 500;

    /// <summary>Calls one after the other where so many go side by side.</summary>
    public double Rounds(int width) => Math.Max(Levels, Calls / (double)Math.Max(1, width));

    /// <summary>Null where no model joins the results.</summary>
    /// <param name="plan">A plan that was validated.</param>
    /// <param name="stages">What is expected of its tasks, in its order.</param>
    /// <param name="models">The models that are configured.</param>
    public static MergeCalls? Of(PlanSpec plan, IReadOnlyList<StageInput> stages, ModelCatalog models)
    {
        if (plan.Merge?.Chat is not { } merge) return null;
        var named = merge.Chat.Model.With(plan.Vars);
        var model = named.IsLiteral ? models.Find(named.Shown, out _) : null;
        var shape = ReduceShape.Of(
            ReduceShape.PromptOf(merge.Chat), merge.Chat.MaxTokens,
            merge.Context, model?.Context, model?.Quota?.Tokens);
        var (results, bytes) = Results(plan, stages);
        var answer = merge.Chat.MaxTokens ?? ReduceEstimate.UsualAnswer;
        var took = ReduceEstimate.Of(shape, results, results == 0 ? 0 : bytes / results, answer);
        var isFree = took.Calls == 0;
        return new MergeCalls(
            model?.Id ?? named.Shown, took.Calls, took.Levels, took.Input + took.Output,
            isFree ? 0 : (double?)model?.Price?.Of(took.Input, took.Output, 0),
            !isFree && (model?.CostsMoney ?? models.Entries.Any(entry => models.Spec(entry, "").CostsMoney)),
            Math.Min(took.Input + took.Output, shape.Context));
    }

    /// <summary>Results that are joined, and their bytes together.</summary>
    private static (long Count, long Bytes) Results(PlanSpec plan, IReadOnlyList<StageInput> stages)
    {
        var flowed = plan.Tasks.Select(task => task.From).OfType<string>().ToHashSet(StringComparer.Ordinal);
        var (count, bytes) = (0L, 0L);
        for (var i = 0; i < plan.Tasks.Count; i++)
        {
            var task = plan.Tasks[i];
            if (flowed.Contains(task.Id)) continue;
            var each = task.Do[0] switch
            {
                ChatSpec chat => (chat.MaxTokens ?? AssumedAnswer) * ReduceShape.BytesOfToken,
                WaitSpec => AssumedTitle, // it returns its item
                _ => AssumedResult,
            };
            each *= task.Batch;
            count += stages[i].Tasks;
            bytes += stages[i].Tasks * (each + AssumedTitle);
        }

        return (count, bytes);
    }
}
