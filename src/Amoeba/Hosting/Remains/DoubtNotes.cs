using Amoeba.Cells.Docker;
using Amoeba.Disk;

namespace Amoeba.Hosting.Remains;

/// <summary>
/// Containers in doubt, kept on disk for whoever looks after their parent is gone: a file each, until it is known that
/// nothing of it is left.
/// </summary>
/// <param name="home">AMOEBA_HOME.</param>
internal sealed class DoubtNotes(string home)
{
    private const string Version = "1";
    private const char Between = '\0';

    private readonly string _folder = Path.Combine(new HomeFolder(home).Run, "doubted");

    public string FileOf(string container) => Path.Combine(_folder, container);

    /// <returns>Null, or why it could not be kept.</returns>
    public string? Add(DoubtedContainer container)
    {
        try
        {
            PrivateFiles.CloseFolder(_folder);
            var file = FileOf(container.Name);
            string[] parts = [Version, container.Job, container.Child, container.Parent, container.Address];
            File.WriteAllText(file + ".part", string.Join(Between, parts));
            File.Move(file + ".part", file, overwrite: true);
            return null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return problem.Message;
        }
    }

    /// <exception cref="IOException">They cannot be read.</exception>
    public IReadOnlyList<DoubtedContainer> List()
    {
        try
        {
            return Directory.Exists(_folder)
                ? [.. Directory.EnumerateFiles(_folder).Select(Read).OfType<DoubtedContainer>()]
                : [];
        }
        catch (UnauthorizedAccessException closed)
        {
            throw new IOException(closed.Message, closed);
        }
    }

    /// <summary>Nothing of it is left.</summary>
    public void Remove(string container)
    {
        try
        {
            File.Delete(FileOf(container));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // The next look knows as much.
        }
    }

    private static DoubtedContainer? Read(string file)
    {
        try
        {
            return File.ReadAllText(file).Split(Between) is [Version, var job, var child, var parent, var address]
                && !file.EndsWith(".part", StringComparison.Ordinal)
                ? new DoubtedContainer(Path.GetFileName(file), job, child, parent, address)
                : null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null; // somebody else knows by now, or it is not ours to read
        }
    }
}
