using Amoeba.Processes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Amoeba.Tests.Cells.Process;

/// <summary>Holds up the thread that reads all channels, as a disk does that takes no output.</summary>
internal sealed class HeldHub : IChannelSink, IDisposable
{
    private readonly ManualResetEventSlim _held = new();
    private readonly ManualResetEventSlim _goesOn = new();
    private readonly ManualResetEventSlim _ended = new();
    private readonly Channel _channel;
    private readonly int _theirs;

    public HeldHub()
    {
        _channel = Channel.TryMake(out _theirs)!;
        Assert.True(ChannelHub.Open(_channel, this, NullLogger.Instance));
    }

    public unsafe void Hold()
    {
        byte one = 1;
        Assert.Equal(1, Libc.Write(_theirs, &one, 1));
        _held.Wait(TestContext.Current.CancellationToken);
    }

    public bool OnBytes(ReadOnlySpan<byte> bytes)
    {
        _held.Set();
        _goesOn.Wait();
        return true;
    }

    public void OnEnd(Exception? bug) => _ended.Set();

    public void Dispose()
    {
        _goesOn.Set();
        _ = Libc.Close(_theirs);
        _ended.Wait(TestContext.Current.CancellationToken);
        _held.Dispose();
        _goesOn.Dispose();
        _ended.Dispose();
    }
}
