using System.Net.Mime;
using System.Text;

namespace Amoeba.Tools.Fetch;

/// <summary>In which characters a text came.</summary>
internal static class BodyText
{
    /// <summary>
    /// The declared encoding of a text that is not UTF-8; null where the bytes are passed on as they are.
    /// </summary>
    public static Encoding? Foreign(string? contentType)
    {
        if (Parse(contentType) is not { CharSet: { Length: > 0 } charset } type || !IsText(type.MediaType)) return null;
        return Find(charset) is { } encoding && encoding.CodePage is not (65001 or 20127) ? encoding : null;
    }

    /// <summary>The encoding of this name; null where nobody knows it.</summary>
    public static Encoding? Find(string charset)
    {
        var name = charset.Trim('"', '\'', ' ');
        // What is declared as Latin-1 is mostly Windows' larger set; browsers read it as that.
        if (name.Equals("iso-8859-1", StringComparison.OrdinalIgnoreCase)
            || name.Equals("latin1", StringComparison.OrdinalIgnoreCase))
            name = "windows-1252";
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (Exception unknown) when (unknown is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>The charset that a content type declares; null for none.</summary>
    public static string? CharsetOf(string? contentType) => Parse(contentType)?.CharSet;

    public static string? MediaTypeOf(string? contentType) => Parse(contentType)?.MediaType;

    private static bool IsText(string media) => media.StartsWith("text/", StringComparison.OrdinalIgnoreCase)
        || media.EndsWith("xml", StringComparison.OrdinalIgnoreCase)
        || media.EndsWith("json", StringComparison.OrdinalIgnoreCase)
        || media.EndsWith("javascript", StringComparison.OrdinalIgnoreCase);

    private static ContentType? Parse(string? contentType)
    {
        try
        {
            return string.IsNullOrWhiteSpace(contentType) ? null : new ContentType(contentType);
        }
        catch (FormatException)
        {
            return null; // a header that nobody can read says nothing
        }
    }
}
