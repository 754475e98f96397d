using System.Text;

namespace Amoeba.Cli.Terminal;

/// <summary>
/// How wide text is on a terminal, and how it is made to fit. Whatever came from outside is cleaned first.
/// </summary>
internal static class TextWidth
{
    private static readonly (int First, int Last)[] Wide =
    [
        (0x1100, 0x115F), (0x2E80, 0x303E), (0x3041, 0xA4CF), (0xAC00, 0xD7A3), (0xF900, 0xFAFF), (0xFE30, 0xFE6F),
        (0xFF00, 0xFF60), (0xFFE0, 0xFFE6), (0x1F300, 0x1F64F),
        (0x1F680, 0x1F6FF), (0x1F900, 0x1F9FF), (0x20000, 0x3FFFD),
    ];

    /// <summary>
    /// One line of harmless text: control characters, which could move the cursor or change colours, and those that
    /// turn the direction of writing become a space; runs of blanks become one.
    /// </summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(Math.Min(text.Length, 256));
        var blank = true;
        foreach (var rune in text.EnumerateRunes())
        {
            var harmful = Rune.IsControl(rune) || Rune.IsWhiteSpace(rune)
                || rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069) or 0x200E or 0x200F or 0xFEFF;
            if (!harmful) clean.Append(rune.ToString());
            else if (!blank) clean.Append(' ');
            blank = harmful;
        }

        return clean.ToString().TrimEnd();
    }

    public static int Of(string text)
    {
        var width = 0;
        foreach (var rune in text.EnumerateRunes()) width += Of(rune);
        return width;
    }

    /// <summary>The text cut to a width, with an ellipsis where something was cut.</summary>
    public static string Cut(string text, int width)
    {
        if (width <= 0) return "";
        var used = 0;
        var fits = 0; // UTF-16 units that fit beside an ellipsis
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            used += Of(rune);
            if (used > width) return text[..fits] + "…";
            at += rune.Utf16SequenceLength;
            if (used <= width - 1) fits = at;
        }

        return text;
    }

    /// <summary>Cut or filled up with blanks to exactly a width.</summary>
    public static string Fit(string text, int width)
    {
        var cut = Cut(text, width);
        return cut + new string(' ', Math.Max(0, width - Of(cut)));
    }

    private static int Of(Rune rune)
    {
        if (rune.Value < 0x300) return 1;
        var category = Rune.GetUnicodeCategory(rune);
        if (category is System.Globalization.UnicodeCategory.NonSpacingMark
            or System.Globalization.UnicodeCategory.EnclosingMark
            or System.Globalization.UnicodeCategory.Format) return 0;
        foreach (var (first, last) in Wide)
        {
            if (rune.Value >= first && rune.Value <= last) return 2;
        }

        return 1;
    }
}
