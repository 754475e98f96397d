using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Amoeba.Benchmarks;

/// <summary>What a durable step cannot be without: 4 KiB appended to a file, and fdatasync.</summary>
internal sealed class DiskFlush(string folder) : IDisposable
{
    private readonly SafeFileHandle _file =
        File.OpenHandle(Path.Combine(folder, "appended"), FileMode.Create, FileAccess.Write);

    /// <summary>Does it once.</summary>
    public double Milliseconds()
    {
        var began = BenchRoom.Time.GetTimestamp();
        RandomAccess.Write(_file, new byte[4096], RandomAccess.GetLength(_file));
        if (FDataSync((int)_file.DangerousGetHandle()) != 0)
        {
            throw new IOException($"fdatasync failed with error {Marshal.GetLastPInvokeError()}");
        }

        return BenchRoom.Time.GetElapsedTime(began).TotalMilliseconds;
    }

    public void Dispose() => _file.Dispose();

    [DllImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int FDataSync(int descriptor);
}
