namespace Amoeba.Plans;

/// <summary>`merge`: a word, or a map with the way's own argument.</summary>
internal static class MergeBinder
{
    public static MergeSpec? Bind(PlanCursor cursor, PlanBinding binding)
    {
        if (binding.Options.Stored && cursor.Node.Text == PlanNames.NoMerge) return new MergeSpec(MergeKind.None);
        if (cursor.Node.IsScalar) return Word(cursor);
        string[] names = ["markdown", "run"];
        var map = cursor.Map(names, $"one of: {string.Join(", ", PlanNames.Merges.Keys)}");
        if (map["markdown"] is { } template)
        {
            if (map["run"] is not null) cursor.Fail("expected one of markdown and run, found both.");
            return new MergeSpec(MergeKind.Markdown, Template: binding.Template(template, "a template"));
        }

        binding.Names = TemplateNames.Plain;
        if (map["run"] is { } run) return new MergeSpec(MergeKind.Run, Run: ToolBinder.Run(run, binding));
        if (cursor.Node.Kind == NodeKind.Map && cursor.Node.Entries.Count == 0)
            cursor.Expect("markdown or run with its argument");
        return null;
    }

    private static MergeSpec? Word(PlanCursor cursor)
    {
        if (cursor.Node.Text == "chat")
        {
            cursor.Fail("chat is not supported as a merge by this version; merge by a program with run.");
            return null;
        }

        var kind = cursor.OneOf(PlanNames.Merges);
        if (kind == MergeKind.Markdown)
            cursor.Fail("markdown needs its template: merge: { markdown: \"## {item}\\n{output}\" }.");
        if (kind == MergeKind.Run) cursor.Fail("run needs its command: merge: { run: [program, argument] }.");
        return new MergeSpec(kind);
    }
}
