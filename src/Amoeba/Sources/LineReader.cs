using System.Text;
using Amoeba.Plans;

namespace Amoeba.Sources;

/// <summary>
/// Lines of a text that must be UTF-8, ended by \n or \r\n, with their numbers. Unlike TextReader's, a \r alone ends
/// no line, and a line has a greatest length.
/// </summary>
internal static class LineReader
{
    /// <summary>Characters of a line; longer ones are refused.</summary>
    public const int MaxLine = 16 * 1024 * 1024;

    public static StreamReader Open(string path, string shown)
    {
        if (Directory.Exists(path)) throw new PlanException($"{shown}: is a folder ({path}); a file was expected.");
        try
        {
            const FileShare share = FileShare.ReadWrite | FileShare.Delete;
            var stream = new FileStream(path, FileMode.Open, FileAccess.Read, share, 1 << 16);
            return new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true), true, 1 << 16);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            var missing = exception is FileNotFoundException or DirectoryNotFoundException;
            var what = missing ? $"there is no such file ({path})." : $"cannot be read: {exception.Message}";
            throw new PlanException($"{shown}: {what}");
        }
    }

    public static IEnumerable<(long Number, string Line)> Lines(StreamReader reader, string shown)
    {
        var buffer = new char[1 << 15];
        var rest = new StringBuilder();
        var number = 1L;
        int read;
        while ((read = Fill(reader, buffer, shown, number)) > 0)
        {
            var start = 0;
            while (start < read)
            {
                var length = buffer.AsSpan(start, read - start).IndexOf('\n');
                var part = buffer.AsSpan(start, length < 0 ? read - start : length);
                start += part.Length + 1;
                if (length < 0)
                {
                    if (rest.Length + part.Length > MaxLine) throw TooLong(shown, number);
                    rest.Append(part);
                    continue;
                }

                yield return (number++, Take(rest, part));
            }
        }

        if (rest.Length > 0) yield return (number, Take(rest, []));
    }

    private static string Take(StringBuilder rest, ReadOnlySpan<char> part)
    {
        if (rest.Length == 0) return (part.EndsWith('\r') ? part[..^1] : part).ToString();
        rest.Append(part);
        if (rest[^1] == '\r') rest.Length--;
        var line = rest.ToString();
        rest.Clear();
        return line;
    }

    private static int Fill(StreamReader reader, char[] buffer, string shown, long number)
    {
        try
        {
            return reader.Read(buffer, 0, buffer.Length);
        }
        catch (DecoderFallbackException)
        {
            throw new PlanException(
                $"{shown}: at or after line {number} there are bytes that are not UTF-8; save the file as UTF-8.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new PlanException($"{shown}: cannot be read: {exception.Message}");
        }
    }

    private static PlanException TooLong(string shown, long number) =>
        new($"{shown}:{number}: the line is longer than {MaxLine} characters.");
}
