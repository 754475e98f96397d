using System.Runtime.InteropServices;

namespace Amoeba.Outputs;

/// <summary>Makes the names in a folder durable. A file's own fsync does not cover its entry in the folder.</summary>
internal static partial class FolderSync
{
    private const int ReadOnly = 0; // O_RDONLY: .NET itself opens no folders
    private const int NotThere = 2; // ENOENT: removed meanwhile, so there is nothing to keep

    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        var handle = Open(folder, ReadOnly);
        if (handle < 0 && Marshal.GetLastPInvokeError() == NotThere)
            return;
        if (handle < 0)
            throw new IOException($"The folder {folder} could not be opened (error {Marshal.GetLastPInvokeError()}).");
        try
        {
            if (Fsync(handle) != 0)
                throw new IOException(
                    $"The folder {folder} could not be written (error {Marshal.GetLastPInvokeError()}).");
        }
        finally
        {
            _ = Close(handle);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int handle);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int handle);
}
