namespace Amoeba.Processes;

/// <summary>
/// A file that is locked as long as a parent or its guardian lives: both hold the same open file, and the kernel
/// frees it when the last of them is gone, however it went. Needs a local file system.
/// </summary>
internal sealed class ParentLock : IDisposable
{
    // Above anything a program may be handed it as.
    private const int LowestDescriptor = 16;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);
    private int _fd;

    private ParentLock(string path, int fd)
    {
        Path = path;
        _fd = fd;
    }

    public string Path { get; }

    internal int Descriptor => _fd;

    /// <summary>Where the lock of a parent lies under an AMOEBA_HOME.</summary>
    public static string PathOf(string home, string parentId) =>
        System.IO.Path.Combine(home, "run", "parents", parentId + ".lock");

    /// <summary>Takes the lock, making file and folder as needed. Null when it is held.</summary>
    /// <exception cref="IOException">The file cannot be made or opened.</exception>
    public static ParentLock? TryAcquire(string path)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        var fd = Open(path, Libc.OReadWrite | Libc.OCreate);
        if (fd < 0) throw new IOException($"The lock file {path} cannot be opened: {Libc.Describe(Libc.LastError)}.");
        if (Libc.Flock(fd, Libc.LockExclusive | Libc.LockNonBlocking) == 0) return new ParentLock(path, fd);
        _ = Libc.Close(fd);
        return null;
    }

    /// <summary>True while the parent or its guardian lives. A missing file is not held.</summary>
    /// <exception cref="IOException">The file is there and cannot be opened, so that nothing is known.</exception>
    public static bool IsHeld(string path)
    {
        var fd = Open(path, Libc.OReadOnly);
        if (fd < 0)
        {
            if (Libc.LastError is Libc.ENoEnt or Libc.ENotDir) return false;
            throw new IOException($"The lock file {path} cannot be opened: {Libc.Describe(Libc.LastError)}.");
        }

        // Shared, so that two who ask do not take each other for the holder.
        var held = Libc.Flock(fd, Libc.LockShared | Libc.LockNonBlocking) != 0;
        // What another thread starts at this moment has the file open too, and would keep it locked until it is loaded.
        if (!held) _ = Libc.Flock(fd, Libc.LockNone);
        _ = Libc.Close(fd);
        return held;
    }

    /// <summary>Waits until the lock is free; false when that takes longer than <paramref name="most"/>.</summary>
    public static async Task<bool> WaitUntilFree(
        string path, TimeSpan most, TimeProvider time, CancellationToken cancel)
    {
        var start = time.GetTimestamp();
        while (IsHeld(path))
        {
            if (time.GetElapsedTime(start) >= most) return false;
            await Task.Delay(Interval, time, cancel);
        }

        return true;
    }

    /// <summary>
    /// Removes the file while it is still locked: only once nothing is left that the lock stands for.
    /// </summary>
    public void Remove()
    {
        if (_fd >= 0) File.Delete(Path);
    }

    /// <summary>Gives up this process's share; the lock stays held while a guardian has its own.</summary>
    public void Dispose()
    {
        var fd = Interlocked.Exchange(ref _fd, -1);
        if (fd >= 0) _ = Libc.Close(fd);
    }

    private static int Open(string path, int flags)
    {
        var fd = Libc.Open(path, flags | Libc.OCloseOnExec, 0x180);
        if (fd is < 0 or >= LowestDescriptor) return fd;
        var higher = Libc.DuplicateAtLeast(fd, LowestDescriptor);
        _ = Libc.Close(fd);
        return higher;
    }
}
