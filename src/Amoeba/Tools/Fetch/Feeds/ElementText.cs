using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;

namespace Amoeba.Tools.Fetch.Feeds;

/// <summary>What an element holds. Each way leaves the reader at the element's end.</summary>
internal static partial class ElementText
{
    /// <summary>
    /// Characters of one element; what is beyond is left out, so that one entry cannot fill the memory.
    /// </summary>
    public const int Most = 1024 * 1024;

    /// <summary>The text; elements within it are written out as HTML, for that is what they then are.</summary>
    /// <param name="reader">At the element's start.</param>
    /// <param name="isMarkup">XHTML: the text is escaped, and the div around it is left out.</param>
    public static async ValueTask<string?> ReadAsync(XmlReader reader, bool isMarkup = false)
    {
        if (reader.IsEmptyElement) return null;
        var (depth, text) = (reader.Depth, new StringBuilder());
        while (await NextAsync(reader, depth))
        {
            var isWrapper = isMarkup && reader.Depth == depth + 1 && reader.LocalName == "div";
            switch (reader.NodeType)
            {
                case XmlNodeType.Text or XmlNodeType.CDATA
                    or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace:
                    await AppendValueAsync(reader, text, isMarkup);
                    break;
                case XmlNodeType.Element when !isWrapper:
                    AppendTag(reader, text);
                    break;
                case XmlNodeType.EndElement when !isWrapper && text.Length < Most:
                    text.Append("</").Append(reader.LocalName).Append('>');
                    break;
            }
        }

        var all = text.ToString().Trim();
        return all.Length == 0 ? null : all;
    }

    /// <summary>The name that a person element or a plain text gives.</summary>
    public static async ValueTask<string?> PersonAsync(XmlReader reader)
    {
        if (reader.IsEmptyElement) return null;
        var (depth, text, name, mail) = (reader.Depth, new StringBuilder(), (string?)null, (string?)null);
        while (await NextAsync(reader, depth))
        {
            if (reader.NodeType is XmlNodeType.Text or XmlNodeType.CDATA) await AppendValueAsync(reader, text, false);
            if (reader.NodeType != XmlNodeType.Element) continue;
            switch (reader.LocalName)
            {
                case "name": name ??= await ReadAsync(reader); break;
                case "email": mail ??= await ReadAsync(reader); break;
                default: await SkipAsync(reader); break;
            }
        }

        return name ?? mail ?? Name(text.ToString().Trim());
    }

    public static async ValueTask SkipAsync(XmlReader reader)
    {
        if (reader.IsEmptyElement) return;
        var depth = reader.Depth;
        while (await NextAsync(reader, depth))
        {
        }
    }

    /// <summary>HTML as plain text in one line: titles often come that way.</summary>
    public static string? Plain(string? text)
    {
        if (text is null) return null;
        if (text.AsSpan().ContainsAny('<', '&')) text = WebUtility.HtmlDecode(Tag().Replace(text, ""));
        text = Blanks().Replace(text, " ").Trim();
        return text.Length == 0 ? null : text;
    }

    /// <summary>The next node within the element; false at its end.</summary>
    public static async ValueTask<bool> NextAsync(XmlReader reader, int depth) =>
        await reader.ReadAsync() && !(reader.NodeType == XmlNodeType.EndElement && reader.Depth == depth);

    /// <summary>`someone@example.com (Some One)` is how RSS names people.</summary>
    private static string? Name(string text)
    {
        var match = Person().Match(text);
        if (match.Success) return match.Groups[1].Value;
        return text.Length == 0 ? null : text;
    }

    private static async ValueTask AppendValueAsync(XmlReader reader, StringBuilder text, bool escape)
    {
        var chunk = System.Buffers.ArrayPool<char>.Shared.Rent(2048);
        try
        {
            int count;
            while ((count = await reader.ReadValueChunkAsync(chunk, 0, chunk.Length)) > 0)
            {
                count = Math.Min(count, Most - text.Length);
                if (count <= 0) continue;
                if (escape) AppendEscaped(text, chunk.AsSpan(0, count));
                else text.Append(chunk, 0, count);
            }
        }
        finally
        {
            System.Buffers.ArrayPool<char>.Shared.Return(chunk);
        }
    }

    private static void AppendTag(XmlReader reader, StringBuilder text)
    {
        if (text.Length >= Most) return;
        text.Append('<').Append(reader.LocalName);
        for (var more = reader.MoveToFirstAttribute(); more; more = reader.MoveToNextAttribute())
        {
            if (reader.Prefix == "xmlns" || reader.Name == "xmlns") continue;
            text.Append(' ').Append(reader.LocalName).Append("=\"");
            AppendEscaped(text, reader.Value);
            text.Append('"');
        }

        reader.MoveToElement();
        text.Append(reader.IsEmptyElement ? " />" : ">");
    }

    private static void AppendEscaped(StringBuilder into, ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            switch (c)
            {
                case '&': into.Append("&amp;"); break;
                case '<': into.Append("&lt;"); break;
                case '>': into.Append("&gt;"); break;
                case '"': into.Append("&quot;"); break;
                default: into.Append(c); break;
            }
        }
    }

    [GeneratedRegex("</?[A-Za-z][^<>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"^\S+@\S+\s+\((.+)\)$")]
    private static partial Regex Person();
}
