using System.Collections.Concurrent;

namespace Amoeba.Processes;

/// <summary>One thread, `amoeba channels`, that reads all channels of this process.</summary>
internal sealed unsafe class ChannelHub
{
    private static readonly Lazy<ChannelHub> Only = new(static () => new ChannelHub());

    private readonly ConcurrentDictionary<ulong, Channel> _channels = new();
    private readonly ConcurrentQueue<Channel> _closing = new();
    private readonly byte[] _buffer = GC.AllocateArray<byte>(64 * 1024, pinned: true);
    private readonly Poller _poller = new();
    private ulong _lastToken = Poller.WakeToken;
    private long _rounds;

    private ChannelHub()
    {
        var thread = new Thread(Run) { IsBackground = true, Name = "amoeba channels" };
        thread.Start();
    }

    internal static ChannelHub Shared => Only.Value;

    /// <summary>
    /// Odd while it reads what came, even while it waits for more: the same odd number twice is one that is held up.
    /// </summary>
    internal long Rounds => Volatile.Read(ref _rounds);

    /// <summary>
    /// From here on what comes over the channel goes to the sink. False where the system has no room for it.
    /// </summary>
    public bool Open(Channel channel, IChannelSink sink)
    {
        channel.Sink = sink;
        channel.Token = Interlocked.Increment(ref _lastToken);
        _channels[channel.Token] = channel;
        if (_poller.Add(channel.Descriptor, channel.Token)) return true;
        _channels.TryRemove(channel.Token, out _);
        return false;
    }

    internal void Close(Channel channel)
    {
        _closing.Enqueue(channel);
        _poller.Wake();
    }

    private void Run()
    {
        Span<ulong> tokens = stackalloc ulong[64];
        while (true)
        {
            var count = _poller.Wait(tokens, -1);
            Interlocked.Increment(ref _rounds);
            for (var i = 0; i < count; i++)
            {
                if (_channels.TryGetValue(tokens[i], out var channel) && !Read(channel)) End(channel);
            }

            while (_closing.TryDequeue(out var channel)) End(channel);
            Interlocked.Increment(ref _rounds);
        }
    }

    private bool Read(Channel channel)
    {
        fixed (byte* start = _buffer)
        {
            var count = Libc.Read(channel.Descriptor, start, (nuint)_buffer.Length);
            if (count < 0) return Libc.LastError is Libc.EAgain or Libc.EIntr;
            return count > 0 && channel.Sink.OnBytes(new ReadOnlySpan<byte>(start, (int)count));
        }
    }

    private void End(Channel channel)
    {
        var wasOpen = _channels.TryRemove(channel.Token, out _);
        channel.Release(_poller);
        if (wasOpen) channel.Sink.OnEnd();
    }
}
