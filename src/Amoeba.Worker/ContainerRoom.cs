using Amoeba.Cells.Wire;
using Amoeba.Engine.Ports;
using Amoeba.Processes;

namespace Amoeba.Worker;

/// <summary>
/// Where a task in a container may leave something that is no part of the job's folder. The next one finds none of it,
/// neither to read nor to pay for.
/// </summary>
internal sealed class ContainerRoom
{
    /// <summary>The worker itself holds a good third of this.</summary>
    private const long MostHeld = WorkerRoom.Memory / 2;

    private const UnixFileMode ForAll = (UnixFileMode)0b1_111_111_111;
    private const int MostLooks = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private static readonly EnumerationOptions All =
        new() { AttributesToSkip = 0, IgnoreInaccessible = false, ReturnSpecialDirectories = false };

    private readonly string[] _folders;
    private readonly ContainerMemory _memory;
    private readonly string _callerHome = $"HOME={Environment.GetEnvironmentVariable(WorkerRoom.CallerHomeVariable)}";

    private ContainerRoom(string[] folders, ContainerMemory memory) => (_folders, _memory) = (folders, memory);

    /// <summary>Null for one that is not the first process of a container, or is told of no folder.</summary>
    public static ContainerRoom? Find(ContainerMemory memory)
    {
        if (Environment.ProcessId != 1
            || Environment.GetEnvironmentVariable(WorkerRoom.Variable) is not { Length: > 0 } told) return null;
        // Only what is a file system of its own in memory: whatever else lies there is not ours to empty.
        var mounted = File.ReadLines("/proc/self/mounts").Select(line => line.Split(' '))
            .Where(words => words is [_, _, "tmpfs" or "mqueue", ..])
            .Select(words => Unescape(words[1])).ToHashSet(StringComparer.Ordinal);
        string[] folders = [.. told.Split(':').Where(mounted.Contains)];
        foreach (var folder in folders) Open(folder, ForAll);
        return new ContainerRoom(folders, memory);
    }

    /// <summary>
    /// A task that would have got the caller's HOME gets the container's; one that a plan gave its own keeps that.
    /// </summary>
    public AttemptWork AtHome(AttemptWork work) => work with
    {
        Environment = () =>
        {
            var environment = work.Environment();
            return environment with
            {
                Entries =
                [.. environment.Entries.Select(entry => entry == _callerHome ? $"HOME={WorkerRoom.Home}" : entry)]
            };
        },
    };

    /// <summary>Ends every process but this one, and empties the folders.</summary>
    /// <returns>Null; else what of the task is still there, for a person.</returns>
    public async Task<string?> ClearAsync()
    {
        try
        {
            if (!await WaitAsync(ContainerProcesses.EndOthers)) return "processes that its task left cannot be ended";
            foreach (var folder in _folders)
            {
                Open(folder, ForAll);
                if (!Empty(folder, FileOwner.DeviceOf(folder)).Emptied)
                    return $"what its task left in {folder} cannot be removed";
            }

            if (HasSharedMemory()) return "its task left shared memory, semaphores or queues (System V)";
            if (_memory.Held() <= MostHeld) return null;
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            return await WaitAsync(() => _memory.Held() <= MostHeld)
                ? null
                : $"{_memory.Held() >> 20} MiB of its memory stay in use";
        }
        catch (Exception problem)
        {
            // Whatever it was: it is not known to be empty.
            return $"what its task left cannot be removed: {problem.Message}";
        }
    }

    /// <summary>
    /// Nothing follows a link or leaves the folder's file system: the job's folder may be mounted in it.
    /// </summary>
    private static (bool Emptied, bool HasMount) Empty(string folder, (uint Major, uint Minor)? device)
    {
        var (emptied, kept) = (true, 0);
        foreach (var entry in new DirectoryInfo(folder).GetFileSystemInfos("*", All))
        {
            if (FileOwner.DeviceOf(entry.FullName) is { } its && its != device) kept++;
            else if (entry is not DirectoryInfo || entry.Attributes.HasFlag(FileAttributes.ReparsePoint))
                File.Delete(entry.FullName);
            else
            {
                Open(entry.FullName, (UnixFileMode)0b111_000_000);
                var (allGone, hasMount) = Empty(entry.FullName, device);
                if (hasMount) kept++;
                else if (allGone) Directory.Delete(entry.FullName);
                emptied &= allGone;
            }
        }

        // A name that is no text is read as another, which there is none of to delete.
        return (emptied && Directory.EnumerateFileSystemEntries(folder, "*", All).Count() == kept, kept > 0);
    }

    private static bool HasSharedMemory() => ((string[])["shm", "sem", "msg"]).Select(kind => $"/proc/sysvipc/{kind}")
        .Any(file => File.Exists(file) && File.ReadLines(file).Skip(1).Any());

    private static async Task<bool> WaitAsync(Func<bool> isSo)
    {
        for (var i = 0; i < MostLooks; i++)
        {
            if (isSo()) return true;
            await Task.Delay(Pause, TimeProvider.System);
        }

        return false;
    }

    private static void Open(string folder, UnixFileMode mode)
    {
        try
        {
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, mode);
        }
        catch (Exception notOurs) when (notOurs is UnauthorizedAccessException or IOException)
        {
            // On the way to a mount: made by root, and no task could write there.
        }
    }

    private static string Unescape(string word) => word.Replace("\\040", " ", StringComparison.Ordinal);
}
