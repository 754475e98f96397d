using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Amoeba.Processes;

/// <summary>One thread, `amoeba channels`, that reads all channels of this process.</summary>
internal sealed unsafe partial class ChannelHub
{
    private static readonly MadeOnce<ChannelHub> Only = new(static () => new ChannelHub());

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

    /// <summary>
    /// Odd while it reads what came, even while it waits for more: the same odd number twice is one that is held up.
    /// </summary>
    internal static long Rounds => Only.Made is { } hub ? Volatile.Read(ref hub._rounds) : 0;

    /// <summary>
    /// From here on what comes over the channel goes to the sink. False where the system has no room for it.
    /// </summary>
    /// <param name="channel">One of this process.</param>
    /// <param name="sink">Takes what comes.</param>
    /// <param name="log">Is told of a sink that fails.</param>
    public static bool Open(Channel channel, IChannelSink sink, ILogger log)
    {
        (channel.Sink, channel.Log) = (sink, log);
        try
        {
            return Only.Value.Watch(channel);
        }
        catch (IOException)
        {
            return false; // and the next is tried anew
        }
    }

    internal static void Close(Channel channel)
    {
        if (Only.Made is not { } hub)
        {
            channel.Release(null);
            return;
        }

        hub._closing.Enqueue(channel);
        hub._poller.Wake();
    }

    private bool Watch(Channel channel)
    {
        channel.Token = Interlocked.Increment(ref _lastToken);
        _channels[channel.Token] = channel;
        if (_poller.Add(channel.Descriptor, channel.Token)) return true;
        _channels.TryRemove(channel.Token, out _);
        return false;
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
                if (_channels.TryGetValue(tokens[i], out var channel)) Serve(channel);
            }

            while (_closing.TryDequeue(out var channel)) End(channel, bug: null);
            Interlocked.Increment(ref _rounds);
        }
    }

    private void Serve(Channel channel)
    {
        try
        {
            if (!Read(channel)) End(channel, bug: null);
        }
        catch (Exception bug)
        {
            // One sink's bug must not take the thread that all workers are heard by, and the whole parent with it.
            LogSinkFailed(channel.Log, bug);
            End(channel, bug);
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

    private void End(Channel channel, Exception? bug)
    {
        var wasOpen = _channels.TryRemove(channel.Token, out _);
        channel.Release(_poller);
        if (!wasOpen) return;
        try
        {
            channel.Sink.OnEnd(bug);
        }
        catch (Exception another)
        {
            LogSinkFailed(channel.Log, another);
        }
    }

    [LoggerMessage(EventId = 3121, Level = LogLevel.Error, Message = "The sink of a channel failed; "
        + "the channel was closed.")]
    private static partial void LogSinkFailed(ILogger logger, Exception bug);
}
