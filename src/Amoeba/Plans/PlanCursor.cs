using System.Globalization;

namespace Amoeba.Plans;

/// <summary>
/// A node while it is being understood. Each reading method notes what is wrong and goes on with a harmless value, so
/// that one pass finds every mistake; <see cref="PlanErrors.ThrowIfAny"/> comes at the end.
/// </summary>
internal sealed record PlanCursor(PlanNode Node, string Path, PlanErrors Errors)
{
    public const string HoldsNul = "holds a NUL character, which no program can be given.";

    public void Fail(string message) => Errors.Add(Node.At, Path, message);

    public void Expect(string what) => Fail($"expected {what}, found {Node.Words}.");

    /// <summary>The members, after noting names that are not among <paramref name="names"/>.</summary>
    public PlanMap Map(IReadOnlyList<string> names, string? what = null)
    {
        if (Node.Kind != NodeKind.Map) Expect(what ?? $"a map with any of: {string.Join(", ", names)}");
        var map = new PlanMap(this);
        map.RefuseUnknown(names);
        return map;
    }

    /// <summary>A list's members; nothing but a complaint where it is none.</summary>
    public IReadOnlyList<PlanCursor> List(string what)
    {
        if (Node.Kind != NodeKind.List)
        {
            Expect(what);
            return [];
        }

        var members = new PlanCursor[Node.Items.Count];
        for (var i = 0; i < members.Length; i++) members[i] = new PlanCursor(Node.Items[i], $"{Path}[{i}]", Errors);
        return members;
    }

    /// <summary>Any scalar's text as it was written; never with a NUL.</summary>
    public string Text(string what = "text")
    {
        if (!Node.IsScalar) Expect(what);
        if (Node.Text.Contains('\0')) Fail(HoldsNul);
        return Node.Text;
    }

    public string TextNotEmpty(string what)
    {
        var text = Text(what);
        if (Node.IsScalar && string.IsNullOrWhiteSpace(text)) Expect(what);
        return text;
    }

    /// <summary>One line without control characters, at most 200 long: what is shown in lists.</summary>
    public string Label(string what)
    {
        var text = TextNotEmpty(what);
        if (text.Length > 200 || text.Any(c => char.IsControl(c) && c != '\0'))
            Fail($"expected {what}: one line of at most 200 characters.");
        return text;
    }

    public string Id(string what)
    {
        var text = Text(what);
        if (Node.IsScalar && !PlanNames.IsId(text))
        {
            Fail($"\"{text}\" is no {what}; "
                + "expected letters, digits, _ and -, beginning with a letter or _, at most 100.");
        }

        return text;
    }

    public bool Bool()
    {
        if (Node.Kind != NodeKind.Bool) Expect("true or false");
        return Node.Text is "true" or "True" or "TRUE";
    }

    public int Integer(int least, int most) => (int)Long(least, most);

    public long Long(long least, long most)
    {
        if (Node.IsScalar && long.TryParse(Node.Text, NumberStyles.AllowLeadingSign, PlanUnits.Culture, out var value)
            && value >= least && value <= most)
        {
            return value;
        }

        Expect(most == long.MaxValue
            ? $"a whole number of at least {least}"
            : $"a whole number from {least} to {most}");
        return least;
    }

    public double Number(double least, double most = double.MaxValue, string? what = null)
    {
        if (Node.IsScalar && double.TryParse(Node.Text, PlanUnits.Decimal, PlanUnits.Culture, out var value)
            && value >= least && value <= most)
        {
            return value;
        }

        var range = most == double.MaxValue ? $"of at least {least}" : $"from {least} to {most}";
        Expect(what ?? string.Create(PlanUnits.Culture, $"a number {range}"));
        return least;
    }

    /// <summary>A time of at least zero.</summary>
    public TimeSpan Duration(bool positive = false)
    {
        if (Node.IsScalar && PlanUnits.TryDuration(Node.Text, out var value) && (!positive || value > TimeSpan.Zero))
            return value;
        Expect(positive ? "a time above zero such as 30s, 5m or 1h30m" : "a time such as 500ms, 30s, 5m or 1h30m");
        return TimeSpan.Zero;
    }

    /// <summary>Bytes, above zero.</summary>
    /// <param name="least">No less than this makes sense.</param>
    public long Size(long least = 1)
    {
        if (Node.IsScalar && PlanUnits.TrySize(Node.Text, out var value) && value > 0)
        {
            if (value >= least) return value;
            Fail($"{Node.Text} is less than anything can do with; give {PlanUnits.ShowSize(least)} or more.");
            return least;
        }

        Expect("a size above zero such as 256MB or 1GiB");
        return least;
    }

    /// <summary>The value that goes by this word.</summary>
    public T OneOf<T>(IReadOnlyDictionary<string, T> words)
    {
        if (Node.IsScalar && words.TryGetValue(Node.Text, out var value)) return value;
        Fail($"expected one of: {string.Join(", ", words.Keys)}; found {Node.Words}."
            + (Node.IsScalar ? PlanNames.Meant(Node.Text, words) : ""));
        return words.Values.First();
    }
}

/// <summary>The members of a map by name; a member that is null counts as left out.</summary>
internal sealed class PlanMap(PlanCursor cursor)
{
    public PlanCursor Cursor => cursor;

    public IEnumerable<PlanCursor> All => cursor.Node.Entries.Select(Member);

    public IEnumerable<PlanMember> Named =>
        cursor.Node.Entries.Select(entry => new PlanMember(entry.Name, Member(entry)));

    /// <summary>The member, or null where the map lacks it.</summary>
    public PlanCursor? this[string name]
    {
        get
        {
            foreach (var entry in cursor.Node.Entries)
            {
                if (entry.Name == name) return entry.Value.Kind == NodeKind.Null ? null : Member(entry);
            }

            return null;
        }
    }

    public void RefuseUnknown(IReadOnlyList<string> names)
    {
        foreach (var entry in cursor.Node.Entries)
        {
            if (names.Contains(entry.Name)) continue;
            cursor.Errors.Add(entry.At, PathOf(entry.Name), PlanNames.Later(entry.Name) ?? Unknown(entry.Name, names));
        }
    }

    /// <summary>Notes a complaint about a member where it is, or about the map where it is missing.</summary>
    public void Fail(string name, string message)
    {
        var at = cursor.Node.Entries.FirstOrDefault(entry => entry.Name == name)?.At ?? cursor.Node.At;
        cursor.Errors.Add(at, PathOf(name), message);
    }

    public static string Unknown(string name, IReadOnlyList<string> names) =>
        "unknown name"
        + (NearestName.Of(name, names) is { } nearest ? $"; did you mean {nearest}?" : ".")
        + $" Expected one of: {string.Join(", ", names)}.";

    private PlanCursor Member(PlanEntry entry) => new(entry.Value, PathOf(entry.Name), cursor.Errors);

    private string PathOf(string name) => cursor.Path.Length == 0 ? name : $"{cursor.Path}.{name}";
}

/// <summary>A member of a map, and what it is called there.</summary>
internal sealed record PlanMember(string Name, PlanCursor Value);
