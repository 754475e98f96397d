using System.Globalization;

namespace Amoeba.Plans;

/// <summary>`each`: where items come from.</summary>
internal static class EachBinder
{
    /// <summary>Items a task may have.</summary>
    public const long MaxItems = 10_000_000;

    /// <summary>Items that a source is taken to give which cannot be asked before the job runs.</summary>
    public const int AssumedItems = 100;

    /// <summary>Whose lines are certainly no items.</summary>
    private static readonly string[] OtherFormats =
        [".json", ".yaml", ".yml", ".tsv", ".xml", ".xls", ".xlsx", ".parquet"];

    public static EachSpec? Bind(PlanCursor cursor, PlanBinding binding)
    {
        if (cursor.Node.Kind == NodeKind.List) return new ItemsEach(Items(cursor));
        var names = binding.Options.Stored ? [.. PlanNames.Each, "spooled"] : PlanNames.Each;
        var map = cursor.Map(names, $"a list of items, or a map with one of: {string.Join(", ", PlanNames.Sources)}");
        var sources = map.Named
            .Where(member => PlanNames.Sources.Contains(member.Name) || member.Name == "spooled").ToList();
        if (cursor.Node.Kind == NodeKind.Map && sources.Count != 1)
        {
            var unknown = cursor.Node.Entries.Any(entry => !names.Contains(entry.Name));
            if (!unknown) cursor.Fail($"expected exactly one of: {string.Join(", ", PlanNames.Sources)}.");
        }

        if (sources.Count == 0) return null;
        var each = Source(sources[0].Name, sources[0].Value);
        if (map["split"] is { } split)
        {
            var way = split.OneOf(PlanNames.Splits);
            if (each is FromEach flow) each = flow with { Split = way };
            else split.Fail("is for items from another task (from).");
        }

        return map["as"] is { } alias && each is not null ? each with { As = Alias(alias) } : each;
    }

    private static EachSpec? Source(string name, PlanCursor value) => name switch
    {
        "items" => new ItemsEach(Items(value)),
        "file" => File(value),
        "glob" => new GlobEach(Patterns(value)),
        "range" => Range(value),
        "command" => new CommandEach(Command(value)),
        "matrix" => Matrix(value),
        "from" => new FromEach(value.TextNotEmpty("a task's id"), FlowSplit.Auto),
        _ => new SpooledEach(),
    };

    private static FileEach File(PlanCursor cursor)
    {
        var path = cursor.TextNotEmpty("a file's path");
        if (OtherFormats.Contains(Path.GetExtension(path).ToLowerInvariant()))
        {
            cursor.Expect("a file of lines (.txt), of comma-separated values (.csv) or of JSON lines (.jsonl)");
        }

        return new FileEach(path);
    }

    private static string? Alias(PlanCursor cursor)
    {
        var alias = cursor.Id("name for the item");
        if (alias is "index" or "tasks" or "vars" or "output")
            cursor.Fail($"{alias} has a meaning of its own in templates; choose another.");
        return alias == "item" ? null : alias;
    }

    private static List<Item> Items(PlanCursor cursor)
    {
        var items = new List<Item>();
        if (cursor.Node.Kind != NodeKind.List) cursor.Expect("a list of items");
        for (var i = 0; i < cursor.Node.Items.Count; i++)
        {
            var node = cursor.Node.Items[i];
            if (node.Kind == NodeKind.Map)
                items.Add(NodeJson.Item(new PlanCursor(node, $"{cursor.Path}[{i}]", cursor.Errors)));
            else if (node.IsScalar && !node.Text.Contains('\0')) items.Add(new TextItem(node.Text));
            else new PlanCursor(node, $"{cursor.Path}[{i}]", cursor.Errors).Text("text or an object with fields");
        }

        return items;
    }

    private static List<string> Patterns(PlanCursor cursor)
    {
        const string what = "a pattern such as src/**/*.cs";
        if (cursor.Node.IsScalar) return [cursor.TextNotEmpty(what)];
        var patterns = cursor.List(what + ", or a list of them").Select(pattern => pattern.TextNotEmpty(what)).ToList();
        if (patterns.Count == 0 && cursor.Node.Kind == NodeKind.List) cursor.Expect(what);
        return patterns;
    }

    private static List<string> Command(PlanCursor cursor)
    {
        var arguments = cursor.List("a list: the program and its arguments")
            .Select(argument => argument.Text()).ToList();
        if (cursor.Node.Kind == NodeKind.List && (arguments.Count == 0 || arguments[0].Length == 0))
            cursor.Expect("a program's name first");
        return arguments;
    }

    private static RangeEach? Range(PlanCursor cursor)
    {
        var parts = cursor.Node.IsScalar ? cursor.Node.Text.Split("..") : [];
        var step = 1L;
        if (parts.Length is not (2 or 3) || !Whole(parts[0], out var first) || !Whole(parts[1], out var last)
            || (parts.Length == 3 && (!Whole(parts[2], out step) || step == 0)))
        {
            cursor.Expect("a range such as 1..100, or 1..100..5 with a step that is not 0");
            return null;
        }

        var range = new RangeEach(first, last, step);
        if (range.Count > MaxItems) cursor.Fail($"{range.Count} items are too many; at most {MaxItems}.");
        return range;
    }

    private static bool Whole(string text, out long value) =>
        long.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, PlanUnits.Culture, out value)
            && Math.Abs(value) <= 1L << 53;

    private static MatrixEach Matrix(PlanCursor cursor)
    {
        var axes = new List<KeyValuePair<string, IReadOnlyList<string>>>();
        if (cursor.Node.Kind != NodeKind.Map || cursor.Node.Entries.Count == 0)
        {
            cursor.Expect("a map of lists such as { language: [en, es], topic: [x, y] }");
        }

        double count = 1;
        foreach (var (name, value) in new PlanMap(cursor).Named)
        {
            var values = value.List("a list of values").Select(member => member.Text()).ToArray();
            axes.Add(KeyValuePair.Create(name, (IReadOnlyList<string>)values));
            count *= values.Length;
        }

        if (count > MaxItems)
            cursor.Fail(string.Create(PlanUnits.Culture, $"{count} items are too many; at most {MaxItems}."));
        return new MatrixEach(axes);
    }
}
