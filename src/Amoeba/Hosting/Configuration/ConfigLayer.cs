using Amoeba.Plans;

namespace Amoeba.Hosting.Configuration;

/// <summary>The values of one file, of the environment or of the flags, by key.</summary>
internal sealed class ConfigLayer
{
    private readonly Dictionary<string, ConfigValue> _values = new(StringComparer.Ordinal);

    public IEnumerable<ConfigValue> Values => _values.Values;

    /// <summary>One value that is a text by itself, such as a variable's.</summary>
    public void Add(string key, string origin, string text, PlanErrors errors)
    {
        var node = text.AsSpan().TrimStart().StartsWith("{") || text.AsSpan().TrimStart().StartsWith("[")
            ? NodeReader.Read(text, origin)!
            : new PlanNode(NodeKind.Text, default) { Text = text };
        Put(key, new PlanCursor(node, origin, errors), origin);
    }

    /// <summary>A file's values; unknown names are noted.</summary>
    public static ConfigLayer OfFile(PlanNode root, string path, PlanErrors errors)
    {
        var layer = new ConfigLayer();
        layer.AddMap(new PlanCursor(root, "", errors), path);
        return layer;
    }

    private void AddMap(PlanCursor cursor, string origin)
    {
        var map = cursor.Map(
            [.. ConfigKeys.Within(cursor.Path), .. cursor.Path.Length == 0 ? (string[])["home", "$schema"] : []]);
        if (cursor.Path.Length == 0 && map["home"] is { } home)
            home.Fail("cannot be in a file; give --home DIR or set AMOEBA_HOME.");
        foreach (var (name, value) in map.Named)
        {
            var key = value.Path;
            if (value.Node.Kind == NodeKind.Null) continue;
            if (key is "zones.cpu" or "zones.ram" && value.Node.Kind == NodeKind.List) AddThresholds(value, origin);
            else if (ConfigKeys.Find(key) is { } leaf && (leaf.IsWhole || value.Node.Kind != NodeKind.Map))
                Put(key, value, origin);
            else if (ConfigKeys.Within(key).Count > 0) AddMap(value, origin);
        }

        // Whoever says at which load zones begin wants them.
        if (cursor.Path == "zones")
            Put("zones", cursor with { Node = new PlanNode(NodeKind.Text, cursor.Node.At) { Text = "on" } }, origin);
    }

    private void AddThresholds(PlanCursor value, string origin)
    {
        var members = value.List("two percentages");
        if (members.Count != 2)
        {
            value.Expect("two percentages: safe below the first, danger above the second");
            return;
        }

        Put(value.Path + ".safe", members[0], origin);
        Put(value.Path + ".danger", members[1], origin);
    }

    private void Put(string key, PlanCursor value, string origin) =>
        _values[key] = new ConfigValue(ConfigKeys.Find(key)!, value, origin);
}

/// <summary>What one place says of one key.</summary>
internal sealed record ConfigValue(ConfigKey Key, PlanCursor Value, string Origin);
