using Amoeba.Disk;
using Microsoft.Extensions.AI;

namespace Amoeba.Tools.Chat;

/// <summary>
/// Images and sound that go with a prompt: files, data URLs, and links that the server follows by itself.
/// </summary>
internal static class ChatFiles
{
    /// <summary>Bytes of one file; what vendors take is about that much.</summary>
    public const long MostOfOne = 20L << 20;

    /// <summary>Bytes of all files of a call.</summary>
    public const long MostOfAll = 50L << 20;

    private static readonly string[] Images = [MediaKind.Png, MediaKind.Jpeg, MediaKind.Gif, MediaKind.Webp];
    private static readonly string[] Sounds = [MediaKind.Wav, MediaKind.Mp3];

    /// <summary>Reads what is named.</summary>
    /// <exception cref="ChatFailureException">
    /// Something is not there, too large, or of no kind that models take.
    /// </exception>
    public static List<AIContent> Read(IReadOnlyList<string> images, IReadOnlyList<string> sounds, string folder)
    {
        var contents = new List<AIContent>(images.Count + sounds.Count);
        var total = 0L;
        for (var i = 0; i < images.Count + sounds.Count; i++)
        {
            var isImage = i < images.Count;
            var name = isImage ? images[i] : sounds[i - images.Count];
            var content = Read(name, isImage ? Images : Sounds, isImage, folder);
            total += (content as DataContent)?.Data.Length ?? 0;
            if (total > MostOfAll) throw Refused($"the files of one call are more than {MostOfAll >> 20} MB together");
            contents.Add(content);
        }

        return contents;
    }

    private static AIContent Read(string name, string[] kinds, bool isImage, string folder)
    {
        if (name.StartsWith("data:", StringComparison.OrdinalIgnoreCase)) return OfData(name, kinds);
        if (name.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            if (!isImage)
                throw Refused($"{ChatErrors.Line(name)}: sound is sent from a file or a data URL, not from an address");
            return Uri.TryCreate(name, UriKind.Absolute, out var link)
                ? new UriContent(link, "image/*")
                : throw Refused($"{ChatErrors.Line(name)} is no address");
        }

        var path = Path.GetFullPath(name, folder);
        try
        {
            return Checked(BoundedFile.Read(path, MostOfOne) ?? throw TooLarge(path), path, kinds);
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Refused($"the file {path} is not there");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Refused($"the file {path} cannot be read: {problem.Message}");
        }
    }

    private static DataContent OfData(string url, string[] kinds)
    {
        try
        {
            return Checked(new DataContent(url).Data.ToArray(), "a data URL", kinds);
        }
        catch (Exception problem) when (problem is ArgumentException or UriFormatException or FormatException)
        {
            throw Refused($"a data URL cannot be read: {problem.Message}");
        }
    }

    private static DataContent Checked(byte[] bytes, string where, string[] kinds)
    {
        if (bytes.Length > MostOfOne) throw TooLarge(where);
        return MediaKind.Of(bytes) is { } kind && kinds.Contains(kind)
            ? new DataContent(bytes, kind)
            : throw Refused($"{where} is none of: {string.Join(", ", kinds)}");
    }

    private static ChatFailureException TooLarge(string where) =>
        Refused($"{where} is larger than {MostOfOne >> 20} MB");

    private static ChatFailureException Refused(string words) =>
        ChatFailureException.Before(ChatFailure.Hopeless, $"chat: {words}");
}
