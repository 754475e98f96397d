namespace Amoeba.Plans;

/// <summary>Nodes as JSON: what an inline item's fields hold.</summary>
internal static class NodeJson
{
    public static ObjectItem Item(PlanCursor cursor)
    {
        var fields = new List<KeyValuePair<string, ItemValue>>(cursor.Node.Entries.Count);
        foreach (var entry in cursor.Node.Entries)
        {
            if (HoldsNul(entry.Value))
                cursor.Errors.Add(entry.At, $"{cursor.Path}.{entry.Name}", PlanCursor.HoldsNul);
            var json = Of(entry.Value);
            var text = entry.Value.Kind is NodeKind.List or NodeKind.Map or NodeKind.Null ? json : entry.Value.Text;
            fields.Add(KeyValuePair.Create(entry.Name, new ItemValue(text, json)));
        }

        return new ObjectItem(fields);
    }

    /// <summary>
    /// Canonical JSON; a number that JSON would write otherwise, such as 007, stays what was written, as text.
    /// </summary>
    public static string Of(PlanNode node) => node.Kind switch
    {
        NodeKind.Null => "null",
        NodeKind.Bool => node.Text.ToLowerInvariant(),
        NodeKind.Number when CanonicalJson.IsNumber(node.Text) => node.Text,
        NodeKind.List => $"[{string.Join(',', node.Items.Select(Of))}]",
        NodeKind.Map => $"{{{string.Join(',', node.Entries.Select(Member))}}}",
        _ => CanonicalJson.Quote(node.Text),
    };

    private static string Member(PlanEntry entry) => $"{CanonicalJson.Quote(entry.Name)}:{Of(entry.Value)}";

    private static bool HoldsNul(PlanNode node) => node.Text.Contains('\0') || node.Items.Any(HoldsNul)
        || node.Entries.Any(entry => entry.Name.Contains('\0') || HoldsNul(entry.Value));
}
