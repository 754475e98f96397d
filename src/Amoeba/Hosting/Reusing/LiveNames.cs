using System.Text;
using Amoeba.Models;
using Amoeba.Outputs;
using Amoeba.Processes;

namespace Amoeba.Hosting.Reusing;

/// <summary>What names stand for at this moment. Safe from any thread.</summary>
/// <param name="folder">Relative names are its.</param>
/// <param name="path">Where programs without a slash are looked for.</param>
/// <param name="models">The models that are configured.</param>
internal sealed class LiveNames(string folder, string? path, ModelCatalog models)
{
    public static string OfFile(string name) => "file " + name;

    public static string OfProgram(string name) => "program " + name;

    public static string OfModel(string name) => "model " + name;

    public FileStamp? File(string name) => FileStamp.Of(PathOf(name));

    public bool IsFolder(string name) => Directory.Exists(PathOf(name));

    /// <summary>Null where there is no such program.</summary>
    public FileStamp? Program(string name)
    {
        if (Executables.Resolve(name, folder, path) is not { } found || FileStamp.Of(found) is not { } stamp)
            return null;
        return stamp with { Digest = Math.Max(1, stamp.Digest ^ Digest(found)) };
    }

    /// <summary>Which server answers for a name, and with which model; keys and prices change no answer.</summary>
    /// <param name="name">Empty is all of them.</param>
    public ulong Model(string name) => Digest(string.Join('\n', models.Entries
        .Where(entry => name.Length == 0 || entry.Name == name)
        .Select(entry => $"{entry.Name} {entry.Kind} {entry.Url} {entry.Model}")));

    private string PathOf(string name) => Path.Combine(folder, name);

    private static ulong Digest(string text) => Math.Max(1, XxHash64.Of(Encoding.UTF8.GetBytes(text)));
}
