using System.Globalization;
using System.Text;
using Amoeba.Disk;
using Amoeba.Processes;

namespace Amoeba.Cells.Detached;

/// <summary>
/// What parent and worker of one detached attempt share: a folder for each tool of its chain that was begun,
/// JOB/ORDINAL-ATTEMPT-STEP under the home's `run/detached`. Whatever is read here is whole: files are written beside
/// their place and then renamed, and `output` is only ever appended to.
/// </summary>
internal sealed record DetachedFolder(string Path, string Job, int Ordinal, int Attempt, int Step)
{
    /// <summary>The variable by which the processes of a step are known.</summary>
    public const string MarkName = "AMOEBA_ATTEMPT";

    /// <summary>What is to be done, with the environment of its programs; gone once it is read.</summary>
    public string Task => At("task");

    /// <summary>Made exclusively, once: by the worker, which then runs it, or by a parent that takes it back.</summary>
    public string Claim => At("claim");

    /// <summary>
    /// Made by a parent that wants the worker to end, before it says so by a signal: by it the worker knows that the
    /// signal is ours, and where none can reach it, it ends by this alone at its next beat.
    /// </summary>
    public string Stop => At("stop");

    public string Status => At("status");

    /// <summary>Grows with every sign of life.</summary>
    public string Beat => At("beat");

    /// <summary>A line for each limit that the task came near.</summary>
    public string Warnings => At("warnings");

    public string Output => At("output");

    public string Result => At("result");

    /// <summary>
    /// Where its worker may make control groups for its task. Written before the worker starts: by it they are found
    /// again where that is gone.
    /// </summary>
    public string Groups => At("groups");

    /// <summary>Room on the disk that was taken while there was some, for the result.</summary>
    public string Reserve => At("result.room");

    public bool Exists => Directory.Exists(Path);

    /// <summary>
    /// What every process of this step has in its environment, and no process of any other:
    /// job ids are unique on a machine.
    /// </summary>
    public string Mark => string.Create(CultureInfo.InvariantCulture, $"{MarkName}={Job}/{Ordinal}-{Attempt}-{Step}");

    /// <summary>Whose its groups are: no other attempt's and no parent's, because they outlive that.</summary>
    public string GroupsOwner => string.Create(CultureInfo.InvariantCulture, $"{Job}-{Ordinal}-{Attempt}-{Step}");

    public static string RootOf(string home) => System.IO.Path.Combine(home, "run", "detached");

    public static DetachedFolder Of(string root, string job, int ordinal, int attempt, int step) => new(
        System.IO.Path.Combine(root, job, string.Create(CultureInfo.InvariantCulture, $"{ordinal}-{attempt}-{step}")),
        job, ordinal, attempt, step);

    /// <summary>Null where the path is none of these.</summary>
    public static DetachedFolder? Parse(string path)
    {
        var parts = System.IO.Path.GetFileName(path).Split('-');
        if (parts.Length != 3 || System.IO.Path.GetDirectoryName(path) is not { } job) return null;
        var numbers = new int[3];
        for (var i = 0; i < 3; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i])) return null;
        }

        return new DetachedFolder(path, System.IO.Path.GetFileName(job), numbers[0], numbers[1], numbers[2]);
    }

    /// <summary>Removes what one attempt left; the first step last, because by it the attempt is known.</summary>
    public static void RemoveAttempt(string root, string job, int ordinal, int attempt)
    {
        var steps = 0;
        while (Of(root, job, ordinal, attempt, steps).Exists) steps++;
        while (steps-- > 0) Of(root, job, ordinal, attempt, steps).Remove();
    }

    /// <summary>All folders of a job, or (null) of all jobs; by job, task, attempt and step.</summary>
    public static IReadOnlyList<DetachedFolder> List(string root, string? job)
    {
        if (!Directory.Exists(root)) return [];
        var found = new List<DetachedFolder>();
        try
        {
            foreach (var of in job is null ? Directory.GetDirectories(root) : [System.IO.Path.Combine(root, job)])
            {
                if (!Directory.Exists(of)) continue;
                foreach (var path in Directory.GetDirectories(of))
                {
                    if (Parse(path) is { } folder) found.Add(folder);
                }
            }
        }
        catch (DirectoryNotFoundException)
        {
            // Its last attempt ended while we looked.
        }

        return [.. found.OrderBy(folder => folder.Job, StringComparer.Ordinal)
            .ThenBy(folder => folder.Ordinal).ThenBy(folder => folder.Attempt).ThenBy(folder => folder.Step)];
    }

    /// <exception cref="IOException">It cannot be made.</exception>
    public void Make()
    {
        PrivateFiles.MakeFolder(System.IO.Path.GetDirectoryName(Path)!);
        PrivateFiles.MakeFolder(Path);
    }

    /// <exception cref="IOException">It cannot be written.</exception>
    public void Offer(OwnedGroups groups) => WriteWhole(Groups, Encoding.UTF8.GetBytes(groups.Write()));

    /// <summary>Its control groups, as they were offered; null where it has none.</summary>
    public OwnedGroups? ReadGroups() =>
        OwnedGroups.Read(Read(Groups) is { } text ? Encoding.UTF8.GetString(text) : null);

    /// <summary>Its folder with the groups that are empty and, when that was the last, its job's.</summary>
    public void Remove()
    {
        try
        {
            ReadGroups()?.RemoveEmpty();
            Directory.Delete(Path, recursive: true);
            Directory.Delete(System.IO.Path.GetDirectoryName(Path)!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Others of its job are there, it is gone already, or it cannot be removed: `cells clean` says which.
        }
    }

    /// <summary>
    /// Says that the worker is about to be asked to end. Where that cannot be written its own parent still knows.
    /// </summary>
    public void AnnounceStop()
    {
        try
        {
            Write(Stop, [], FileMode.OpenOrCreate);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            // A full disk, or a folder that is gone.
        }
    }

    /// <summary>Writes a file that is there whole or not at all.</summary>
    public static void WriteWhole(string path, ReadOnlySpan<byte> content)
    {
        var beside = path + ".new";
        Write(beside, content, FileMode.Create);
        File.Move(beside, path, overwrite: true);
    }

    /// <summary>Writes a few bytes over what is there, which needs no room on a disk that is full by now.</summary>
    public static void WriteOver(string path, ReadOnlySpan<byte> content)
    {
        using var file = PrivateFiles.Open(path, FileMode.OpenOrCreate);
        file.Write(content);
    }

    /// <summary>As <see cref="WriteWhole"/>, by whoever is first.</summary>
    /// <returns>False where it is there already.</returns>
    public static bool TryWriteFirst(string path, ReadOnlySpan<byte> content)
    {
        var beside = string.Create(CultureInfo.InvariantCulture,
            $"{path}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}");
        Write(beside, content, FileMode.Create);
        try
        {
            // A link to a file that is whole: it fails where the name is taken, and nobody sees half. A move would look
            // first and then replace what had come in between.
            if (Libc.Link(beside, path) == 0) return true;
            return Libc.LastError switch
            {
                Libc.EExist => false,
                Libc.EPerm or Libc.ENotSup or Libc.ENoSys or Libc.EInval or Libc.EMLink => TryMoveFirst(beside, path),
                var error => throw CannotMake(path, error),
            };
        }
        finally
        {
            File.Delete(beside);
        }
    }

    /// <summary>
    /// The way for file systems without links (vfat, and some that a program serves): a move that refuses to replace.
    /// </summary>
    internal static bool TryMoveFirst(string beside, string path)
    {
        if (Libc.RenameNew(beside, path) == 0) return true;
        return Libc.LastError == Libc.EExist ? false : throw CannotMake(path, Libc.LastError);
    }

    private static IOException CannotMake(string path, int error) => new(
        $"{path} cannot be made by whoever is first: {Libc.Describe(error)}. Its file system has neither links nor "
            + "moves that do not replace, or refuses them; detached cells need a home on one that has");

    /// <summary>Null where it is not there.</summary>
    public static byte[]? Read(string path)
    {
        if (!File.Exists(path)) return null;
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static void Write(string path, ReadOnlySpan<byte> content, FileMode mode)
    {
        using var file = PrivateFiles.Open(path, mode);
        file.Write(content);
    }

    private string At(string name) => System.IO.Path.Combine(Path, name);
}
