using System.Globalization;
using Amoeba.Models;
using Amoeba.Plans;

namespace Amoeba.Deciding;

/// <summary>What an approval of calls of models is bound to: who is called, where, and at what price.</summary>
internal static class ApprovedModels
{
    /// <summary>
    /// A line for each model that the plan may call; every configured one where a name is known only later.
    /// </summary>
    public static IReadOnlyCollection<string> Of(PlanSpec plan, ModelCatalog models)
    {
        var named = plan.Tasks.SelectMany(task => task.Do.OfType<ChatSpec>())
            .Select(chat => chat.Model.With(plan.Vars)).ToList();
        if (plan.Merge?.Chat is { } merge) named.Add(merge.Chat.Model.With(plan.Vars));
        var lines = named.Where(name => name.IsLiteral)
            .Select(name => models.Find(name.Shown, out _) is { } model ? Line(model) : name.Shown);
        if (named.Exists(name => !name.IsLiteral))
            lines = lines.Concat(models.Entries.SelectMany(entry => LinesOf(entry, models)));
        return [.. lines.Distinct(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> LinesOf(ModelEntry entry, ModelCatalog models) =>
        entry.Models.Keys.Append(entry.Model ?? "").Distinct().Select(model => Line(models.Spec(entry, model)));

    private static string Line(ModelSpec model) => string.Create(CultureInfo.InvariantCulture,
        $"{model.Id} {model.Entry.Kind} {model.Entry.Url} {model.Price?.Input} "
            + $"{model.Price?.Output} {model.Price?.Cached}");
}
