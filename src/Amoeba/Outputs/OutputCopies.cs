using System.Globalization;

namespace Amoeba.Outputs;

/// <summary>Files made of outputs that have none of their own, for tools that want a path.</summary>
internal static class OutputCopies
{
    /// <summary>Writes the bytes once; the name tells them apart from what an earlier attempt left.</summary>
    public static string Make(string folder, int ordinal, MemoryStream bytes)
    {
        var content = bytes.ToArray();
        var name = string.Create(CultureInfo.InvariantCulture, $"copy-{ordinal}-{XxHash64.Of(content):x16}");
        var path = Path.Combine(folder, name);
        if (new FileInfo(path) is { Exists: true } there && there.Length == content.Length)
            return path;
        try
        {
            OutputFiles.MakeFolder(folder);
            // Several tasks may want it at once: each writes a file of its own, and the last rename wins, bytes equal.
            var part = Path.Combine(folder, $"{OutputFiles.LivePrefix}{name}-{Guid.NewGuid():n}");
            using (var file = OutputFiles.Make(part, FileMode.CreateNew))
                file.Write(content);
            File.Move(part, path, overwrite: true);
            return path;
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw OutputFiles.Failed(path, failed);
        }
    }
}
