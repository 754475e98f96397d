using System.Globalization;
using System.Text;
using Amoeba.Plans;

namespace Amoeba.Cli.Terminal;

/// <summary>
/// An item as people read it: one line of harmless text, with the characters that its JSON writes as numbers.
/// </summary>
internal static class ItemText
{
    /// <summary>More than a line shows of one item.</summary>
    private const int Most = 4096;

    public static string Of(Item item) =>
        TextWidth.Clean(item is TextItem || !item.Text.Contains(@"\u", StringComparison.Ordinal)
            ? Short(item.Text)
            : Unescaped(Short(item.Text)));

    private static string Short(string text) => text.Length > Most ? text[..Most] : text;

    private static string Unescaped(string json)
    {
        var text = new StringBuilder(json.Length);
        for (var at = 0; at < json.Length; at++)
        {
            if (json[at] != '\\' || at + 1 == json.Length) text.Append(json[at]);
            else if (json[at + 1] == 'u' && at + 6 <= json.Length
                && ushort.TryParse(json.AsSpan(at + 2, 4), NumberStyles.AllowHexSpecifier,
                    CultureInfo.InvariantCulture, out var unit))
                (_, at) = (text.Append((char)unit), at + 5);
            else (_, at) = (text.Append(json, at, 2), at + 1);
        }

        return text.ToString();
    }
}
