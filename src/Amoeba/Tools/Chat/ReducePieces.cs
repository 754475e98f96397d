using System.Globalization;
using System.Text;
using Amoeba.Engine.Ports;
using Amoeba.Plans;

namespace Amoeba.Tools.Chat;

/// <summary>A result, or a part of one that is too long for a call, as it stands in a prompt.</summary>
/// <param name="Title">What it is of.</param>
/// <param name="Size">Bytes with what stands around it.</param>
/// <param name="Text">Reads it.</param>
internal readonly record struct ReducePiece(string Title, long Size, Func<string> Text);

internal static class ReducePieces
{
    /// <summary>
    /// Results as pieces, in order, none larger than the room. What is longer is cut; only that is read here.
    /// </summary>
    public static IEnumerable<ReducePiece> Of(IEnumerable<MergeResult> results, long room)
    {
        foreach (var result in results)
        {
            var title = Encoding.UTF8.GetByteCount(result.Title) + ReduceShape.Wrapping;
            if (title + result.Length <= room)
            {
                yield return new ReducePiece(result.Title, title + result.Length,
                    () => Encoding.UTF8.GetString(Read(result)));
                continue;
            }

            foreach (var piece in Cut(result, title, room)) yield return piece;
        }
    }

    /// <summary>As a model is shown it. What a result says cannot end it, nor begin another.</summary>
    public static void Write(StringBuilder into, ReducePiece piece) => into
        .Append("<result ").Append(piece.Title).Append(">\n")
        .Append(piece.Text().TrimEnd('\r', '\n').Replace("</result", "<\\/result", StringComparison.OrdinalIgnoreCase))
        .Append("\n</result>\n");

    private static IEnumerable<ReducePiece> Cut(MergeResult result, int title, long room)
    {
        var bytes = Read(result);
        var ends = ReducePacking.Cut(bytes, (int)Math.Max(1, room - title));
        for (var (i, start) = (0, 0); i < ends.Count; start = ends[i++])
        {
            var (from, length) = (start, ends[i] - start);
            var name = string.Create(CultureInfo.InvariantCulture, $"{result.Title} piece=\"{i + 1} of {ends.Count}\"");
            yield return new ReducePiece(name, title + length, () => Encoding.UTF8.GetString(bytes, from, length));
        }
    }

    private static byte[] Read(MergeResult result)
    {
        var bytes = new byte[result.Length];
        using var stream = result.Open();
        stream.ReadExactly(bytes);
        if (stream.ReadByte() >= 0) // reaching the end is what checks a large output
            throw new InvalidDataException($"A result is longer than its recorded {result.Length} bytes.");
        return bytes;
    }
}
