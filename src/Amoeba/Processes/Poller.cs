using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Amoeba.Processes;

/// <summary>epoll: says which of many descriptors are ready, by the token each was added with.</summary>
internal sealed unsafe class Poller
{
    /// <summary>The token that <see cref="Wait"/> returns after <see cref="Wake"/>.</summary>
    internal const ulong WakeToken = 0;

    private const int MostAtOnce = 128;
    private const uint Readable = 1;
    private const int AddOperation = 1;
    private const int RemoveOperation = 2;

    // The kernel's structure is packed on x86 only.
    private static readonly int EntrySize = RuntimeInformation.ProcessArchitecture is Architecture.X64 ? 12 : 16;
    private static readonly int TokenOffset = EntrySize - sizeof(ulong);

    private readonly byte[] _entries = GC.AllocateArray<byte>(MostAtOnce * 16, pinned: true);
    private readonly int _epoll;
    private readonly int _wake;

    internal Poller()
    {
        _epoll = Libc.EpollCreate(Libc.OCloseOnExec);
        _wake = Libc.EventFd(0, Libc.OCloseOnExec | Libc.ONonBlock);
        if (_epoll >= 0 && _wake >= 0 && Add(_wake, WakeToken)) return;
        var why = Libc.Describe(Libc.LastError);
        if (_epoll >= 0) _ = Libc.Close(_epoll);
        if (_wake >= 0) _ = Libc.Close(_wake);
        throw new IOException($"Programs cannot be watched: {why}.");
    }

    /// <summary>Watches a descriptor until <see cref="Close"/>. False when the system has no room for it.</summary>
    internal bool Add(int fd, ulong token)
    {
        var entry = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(new Span<byte>(entry, 4), Readable);
        BinaryPrimitives.WriteUInt64LittleEndian(new Span<byte>(entry + TokenOffset, 8), token);
        return Libc.EpollControl(_epoll, AddOperation, fd, entry) == 0;
    }

    /// <summary>
    /// Closes a descriptor that is watched. Closing alone would not end the watching while a program that is just being
    /// started still shares the open file: until it executes, every wait would return at once.
    /// </summary>
    internal void Close(int fd)
    {
        var entry = stackalloc byte[16];
        _ = Libc.EpollControl(_epoll, RemoveOperation, fd, entry);
        _ = Libc.Close(fd);
    }

    /// <summary>Waits until something is ready or the time (milliseconds; -1 is for ever) is over.</summary>
    internal int Wait(Span<ulong> tokens, int milliseconds)
    {
        fixed (byte* start = _entries)
        {
            var count = Libc.EpollWait(_epoll, start, Math.Min(MostAtOnce, tokens.Length), milliseconds);
            for (var i = 0; i < count; i++)
            {
                var token = new ReadOnlySpan<byte>(start + (i * EntrySize) + TokenOffset, sizeof(ulong));
                tokens[i] = BinaryPrimitives.ReadUInt64LittleEndian(token);
                if (tokens[i] == WakeToken) ClearWake();
            }

            // An interrupted wait is an empty one.
            return Math.Max(0, count);
        }
    }

    internal void Wake()
    {
        var one = 1UL;
        _ = Libc.Write(_wake, (byte*)&one, sizeof(ulong));
    }

    private void ClearWake()
    {
        ulong count;
        _ = Libc.Read(_wake, (byte*)&count, sizeof(ulong));
    }
}
