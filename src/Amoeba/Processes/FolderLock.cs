namespace Amoeba.Processes;

/// <summary>
/// Lets one at a time change what is in a folder, of all processes and threads; the kernel frees it when its holder is
/// gone. Needs a local file system.
/// </summary>
internal sealed class FolderLock : IDisposable
{
    private int _fd;

    private FolderLock(int fd) => _fd = fd;

    /// <summary>Waits for the lock, for as long as others hold it.</summary>
    /// <exception cref="IOException">The folder cannot be opened or locked.</exception>
    public static FolderLock Take(string folder)
    {
        var fd = Libc.Open(folder, Libc.OReadOnly | Libc.OCloseOnExec, 0);
        if (fd < 0) throw Failed(folder, Libc.LastError);
        while (Libc.Flock(fd, Libc.LockExclusive) != 0)
        {
            var error = Libc.LastError;
            if (error == Libc.EIntr) continue;
            _ = Libc.Close(fd);
            throw Failed(folder, error);
        }

        return new FolderLock(fd);
    }

    public void Dispose()
    {
        var fd = Interlocked.Exchange(ref _fd, -1);
        if (fd < 0) return;
        // What another thread starts at this moment has the folder open too, until it is loaded.
        _ = Libc.Flock(fd, Libc.LockNone);
        _ = Libc.Close(fd);
    }

    private static IOException Failed(string folder, int error) =>
        new($"The folder {folder} cannot be locked: {Libc.Describe(error)}.");
}
