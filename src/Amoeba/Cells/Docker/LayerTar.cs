using System.Formats.Tar;

namespace Amoeba.Cells.Docker;

/// <summary>
/// One layer of an image: the same files give the same bytes, whoever owns them here and whenever they were written.
/// Nobody's rights go along: all is root's, and no file runs as somebody else.
/// </summary>
internal sealed class LayerTar : IDisposable
{
    private const UnixFileMode MayRun =
        UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private const UnixFileMode MayRead = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Folder = MayRead | MayRun | UnixFileMode.UserWrite;

    private readonly HashSet<string> _there = ["/"];
    private readonly TarWriter _writer;

    public LayerTar(string path) => _writer = new TarWriter(File.Create(path), TarEntryFormat.Pax);

    /// <summary>A file or a link of this machine, at the given place.</summary>
    public void Add(string source, string target)
    {
        var info = new FileInfo(source);
        if (info.LinkTarget is { } link)
        {
            AddLink(target, link);
            return;
        }

        using var content = File.OpenRead(source);
        var runs = !OperatingSystem.IsWindows() && (File.GetUnixFileMode(source) & MayRun) != 0;
        Write(new PaxTarEntry(TarEntryType.RegularFile, Inside(target)) { DataStream = content },
            target, MayRead | UnixFileMode.UserWrite | (runs ? MayRun : 0));
    }

    public void AddText(string target, string text)
    {
        using var content = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text));
        Write(new PaxTarEntry(TarEntryType.RegularFile, Inside(target)) { DataStream = content },
            target, MayRead | UnixFileMode.UserWrite);
    }

    public void AddLink(string target, string link) =>
        Write(new PaxTarEntry(TarEntryType.SymbolicLink, Inside(target)) { LinkName = link }, target, MayRead | MayRun);

    /// <summary>A folder; one that anybody may write to is as /tmp is.</summary>
    public void AddFolder(string target, bool open = false)
    {
        var mode = open ? Folder | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite | UnixFileMode.StickyBit : Folder;
        Write(new PaxTarEntry(TarEntryType.Directory, Inside(target) + "/"), target, mode);
    }

    public void Dispose() => _writer.Dispose();

    private static string Inside(string target) => target.TrimStart('/');

    private void Write(PaxTarEntry entry, string target, UnixFileMode mode)
    {
        if (_there.Contains(target)) return;
        if (Path.GetDirectoryName(target) is { } above && !_there.Contains(above)) AddFolder(above);
        _there.Add(target);
        (entry.Mode, entry.Uid, entry.Gid) = (mode, 0, 0);
        entry.ModificationTime = DateTimeOffset.UnixEpoch;
        _writer.WriteEntry(entry);
    }
}
