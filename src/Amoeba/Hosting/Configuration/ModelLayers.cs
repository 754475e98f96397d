using Amoeba.Plans;

namespace Amoeba.Hosting.Configuration;

/// <summary>
/// How `models` of several places become one: entry by entry, and within an entry field by field; what is nearer
/// replaces the fields that it names.
/// </summary>
internal static class ModelLayers
{
    /// <summary>What a server is told that another one must not hear.</summary>
    private static readonly string[] Confided = ["key", "headers"];

    /// <summary>
    /// Lays one place over another. An entry that is given another address takes over no key and no headers: a folder
    /// that somebody else wrote must not send them where it likes.
    /// </summary>
    public static PlanNode Merge(PlanNode below, PlanNode above) => Merge(below, above, Entry);

    /// <summary>Every field that is said, as `NAME.FIELD` or `NAME.models.MODEL.FIELD`.</summary>
    public static IEnumerable<(string Path, PlanNode Value)> Fields(PlanNode models)
    {
        foreach (var (name, _, entry) in models.Entries)
        {
            foreach (var (field, _, value) in entry.Entries)
            {
                if (field != "models") yield return ($"{name}.{field}", value);
                else
                {
                    foreach (var (path, inner) in Fields(value)) yield return ($"{name}.models.{path}", inner);
                }
            }
        }
    }

    private static PlanNode Entry(PlanNode below, PlanNode above)
    {
        var merged = Merge(below, above, (_, last) => last);
        var kept = Place(merged) != Place(below)
            ? Of(below, [.. below.Entries.Where(entry => !Confided.Contains(entry.Name))])
            : below;
        return Merge(kept, above, (was, now) => Merge(was, now, (_, last) => last), only: "models");
    }

    private static PlanNode Merge(
        PlanNode below, PlanNode above, Func<PlanNode, PlanNode, PlanNode> both, string? only = null)
    {
        if (below.Kind != NodeKind.Map || above.Kind != NodeKind.Map) return above;
        var entries = below.Entries.ToList();
        foreach (var given in above.Entries)
        {
            var at = entries.FindIndex(entry => entry.Name == given.Name);
            if (at < 0) entries.Add(given);
            else if (only is not null && given.Name != only) entries[at] = given;
            else entries[at] = given with { Value = both(entries[at].Value, given.Value) };
        }

        return Of(above, entries);
    }

    /// <summary>Which server is meant; without an address it is the vendor's, by the kind.</summary>
    private static string Place(PlanNode entry) =>
        Text(entry, "url") is { Length: > 0 } url ? url : Text(entry, "kind") ?? "";

    private static string? Text(PlanNode entry, string name) =>
        entry.Entries.FirstOrDefault(field => field.Name == name)?.Value.Text;

    private static PlanNode Of(PlanNode like, IReadOnlyList<PlanEntry> entries) =>
        new(NodeKind.Map, like.At) { Entries = entries };
}
