using System.Runtime.InteropServices;

namespace Amoeba.Tests.Conformance;

/// <summary>A fifo by which a program tells a test how far it has come, so that no test has to guess.</summary>
internal sealed partial class Signal
{
    private const uint OwnerReadsAndWrites = 0b110_000_000;
    private const uint AllReadAndWrite = 0b110_110_110;
    private readonly string _path;

    public Signal(string path)
    {
        _path = path;
        Assert.Equal(0, MakeFifo(path, OwnerReadsAndWrites));
        // A program in a container is another user.
        Assert.Equal(0, ChangeMode(path, AllReadAndWrite));
    }

    /// <summary>
    /// What the next writer says, to its end. A thread waits for it that is not the pool's, which has few; the test
    /// no longer than it may last.
    /// </summary>
    public Task<string> HeardAsync() => Task.Factory.StartNew(() => File.ReadAllText(_path).Trim(),
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
        .WaitAsync(TestContext.Current.CancellationToken);

    public async Task<int> PidAsync() => int.Parse(await HeardAsync(), provider: null);

    [LibraryImport("libc", EntryPoint = "chmod", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeMode(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string path, uint mode);
}
