using System.Runtime.InteropServices;

namespace Amoeba.Sources;

/// <summary>
/// Makes names in a folder durable: on Unix a rename is safe only once its folder is flushed, which .NET cannot do.
/// </summary>
internal static partial class FolderSync
{
    /// <summary>So that a program that starts meanwhile does not inherit the folder.</summary>
    private static readonly int CloseOnExec = OperatingSystem.IsLinux() ? 0x80000 : 0x1000000;

    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        var descriptor = Open(folder, CloseOnExec);
        if (descriptor < 0)
            throw new IOException($"{folder}: cannot be opened to flush it (error {Marshal.GetLastPInvokeError()}).");
        try
        {
            if (Fsync(descriptor) != 0)
                throw new IOException($"{folder}: cannot be flushed (error {Marshal.GetLastPInvokeError()}).");
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
