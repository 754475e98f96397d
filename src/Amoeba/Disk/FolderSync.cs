using System.Runtime.InteropServices;

namespace Amoeba.Disk;

/// <summary>
/// Makes the names in a folder durable: a file's own fsync does not cover its entry in the folder, and .NET opens no
/// folders.
/// </summary>
internal static partial class FolderSync
{
    /// <summary>
    /// O_RDONLY, and close-on-exec so that a program that starts meanwhile does not inherit the folder.
    /// </summary>
    private static readonly int Flags = OperatingSystem.IsLinux() ? 0x80000 : 0x1000000;

    private const int NotThere = 2; // ENOENT: removed meanwhile, so there is nothing to keep

    /// <exception cref="IOException">The folder cannot be opened, or its disk failed or is full.</exception>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = Open(folder, Flags);
        if (descriptor < 0)
        {
            var error = Marshal.GetLastPInvokeError();
            if (error == NotThere) return;
            throw Failed(folder, "could not be opened", error);
        }

        try
        {
            if (Fsync(descriptor) != 0) throw Failed(folder, "could not be flushed", Marshal.GetLastPInvokeError());
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>
    /// With the system's number, as the runtime's own exceptions have it, so that a full disk is known as one.
    /// </summary>
    private static IOException Failed(string folder, string what, int error) =>
        new($"The folder {folder} {what}: {Marshal.GetPInvokeErrorMessage(error)}.", error);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
