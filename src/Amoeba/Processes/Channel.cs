using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Amoeba.Processes;

/// <summary>
/// Takes what comes over a channel. All calls come one after another from the one thread that serves every channel.
/// </summary>
internal interface IChannelSink
{
    /// <summary>Bytes as they came; the span is only valid during the call. False: the channel is closed.</summary>
    bool OnBytes(ReadOnlySpan<byte> bytes);

    /// <summary>Called once, last: the other side closed it, or it was closed here.</summary>
    /// <param name="bug">What this sink threw over bytes that came; null where it ended otherwise.</param>
    void OnEnd(Exception? bug);
}

/// <summary>
/// This side of a connected pair of Unix sockets; the other is a descriptor that a program is started with. Nobody else
/// can reach it: it has no name. Safe from any thread.
/// </summary>
internal sealed class Channel
{
    private const int UnixDomain = 1, StreamType = 1, CloseOnExec = 0x80000;
    private const short Writable = 4;

    /// <summary>
    /// Bytes that may wait to be taken by the other side; one that takes nothing for so long is broken.
    /// </summary>
    private const int MostWaiting = 64 << 20;

    private readonly Lock _gate = new();
    private Queue<ReadOnlyMemory<byte>>? _waiting;
    private long _bytesWaiting;
    private int _offset;
    private int _fd;
    private bool _pumping;

    private Channel(int fd) => _fd = fd;

    internal ulong Token { get; set; }

    internal IChannelSink Sink { get; set; } = null!;

    internal ILogger Log { get; set; } = NullLogger.Instance;

    internal int Descriptor => _fd;

    /// <summary>Makes a pair. Null where the system has no descriptors left.</summary>
    /// <param name="theirs">For <see cref="ProgramStart.ExtraDescriptors"/>; the caller closes it once
    /// the program is started.</param>
    public static unsafe Channel? TryMake(out int theirs)
    {
        const int LowestGiven = 4;
        var ends = stackalloc int[2];
        theirs = -1;
        if (Libc.SocketPair(UnixDomain, StreamType | CloseOnExec, 0, ends) != 0) return null;
        theirs = ends[1];
        if (theirs < LowestGiven)
        {
            theirs = Libc.DuplicateAtLeast(ends[1], LowestGiven);
            _ = Libc.Close(ends[1]);
        }

        if (theirs < 0 || Libc.SetNonBlocking(ends[0]) != 0)
        {
            _ = Libc.Close(ends[0]);
            return null;
        }

        return new Channel(ends[0]);
    }

    public static void CloseTheirs(int theirs) => _ = Libc.Close(theirs);

    /// <summary>
    /// Sends bytes, which are not changed afterwards, in the order of the calls. Returns at once; what does not go now
    /// goes when the other side takes it. False: the channel is closed, or far too much waits already.
    /// </summary>
    public bool Send(ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
        {
            if (_fd < 0 || _bytesWaiting > MostWaiting) return false;
            if (!_pumping)
            {
                bytes = bytes[Write(bytes.Span)..];
                if (bytes.IsEmpty) return true;
            }

            (_waiting ??= []).Enqueue(bytes);
            _bytesWaiting += bytes.Length;
            if (_pumping) return true;
            _pumping = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static channel => channel.Pump(), this, preferLocal: false);
        return true;
    }

    /// <summary>Closes this side; <see cref="IChannelSink.OnEnd"/> follows.</summary>
    public void Close() => ChannelHub.Close(this);

    /// <summary>
    /// By the hub's thread alone, or where there is none: from here on the number may belong to another.
    /// </summary>
    /// <param name="poller">What watches it; null where nothing does.</param>
    internal void Release(Poller? poller)
    {
        lock (_gate)
        {
            if (_fd >= 0 && poller is not null) poller.Close(_fd);
            else if (_fd >= 0) _ = Libc.Close(_fd);
            _fd = -1;
            _waiting = null;
        }
    }

    /// <summary>
    /// Sends what waits. A thread of the pool is held only while the other side takes nothing, which is rare.
    /// </summary>
    private void Pump()
    {
        while (true)
        {
            lock (_gate)
            {
                while (_waiting is { Count: > 0 })
                {
                    var next = _waiting.Peek()[_offset..];
                    var sent = Write(next.Span);
                    _bytesWaiting -= sent;
                    _offset = sent < next.Length ? _offset + sent : 0;
                    if (sent < next.Length) break;
                    _waiting.Dequeue();
                }

                if (_fd < 0 || _waiting is not { Count: > 0 })
                {
                    _pumping = false;
                    return;
                }
            }

            AwaitRoom();
        }
    }

    private unsafe void AwaitRoom()
    {
        // The number may be closed and used anew meanwhile: then this returns for nothing, within the time given.
        var entry = new Libc.PollEntry { Descriptor = _fd, Wanted = Writable };
        _ = Libc.Poll(&entry, 1, 50);
    }

    private unsafe int Write(ReadOnlySpan<byte> bytes)
    {
        var done = 0;
        fixed (byte* start = bytes)
        {
            while (done < bytes.Length)
            {
                var count = Libc.Write(_fd, start + done, (nuint)(bytes.Length - done));
                if (count < 0 && Libc.LastError == Libc.EIntr) continue;
                // closed: its end is told by the reading side
                if (count < 0 && Libc.LastError != Libc.EAgain) return bytes.Length;
                if (count <= 0) break;
                done += (int)count;
            }
        }

        return done;
    }
}
