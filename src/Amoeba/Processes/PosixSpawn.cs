using System.Runtime.InteropServices;
using System.Text;

namespace Amoeba.Processes;

/// <summary>
/// One posix_spawn: a new session, default signals, exactly the given descriptors, folder and environment.
/// </summary>
internal static unsafe class PosixSpawn
{
    // Room for any libc's own structures: glibc's are 336 and 80 bytes, its signal sets 128.
    private const int AttributesSize = 512, ActionsSize = 512, SignalSetSize = 128;
    private const short SetDefaultSignals = 0x04, SetSignalMask = 0x08, SetSession = 0x80;

    private static readonly byte[] Attributes = MakeAttributes();

    // glibc before 2.34 and musl do not have it. There our own descriptors still close by themselves; one that this
    // process inherited without that mark would pass on.
    private static readonly bool HasCloseFrom = NativeLibrary.TryGetExport(
        NativeLibrary.Load("libc", typeof(PosixSpawn).Assembly, null),
        "posix_spawn_file_actions_addclosefrom_np", out _);

    /// <summary>Starts it. Returns 0 and the pid, or the error number.</summary>
    /// <param name="start">What to start; no string in it holds a NUL.</param>
    /// <param name="descriptors">Become 0, 1, 2, ... in this order; each is at or above the length of the list.</param>
    /// <param name="pid">Its number.</param>
    internal static int Start(ProgramStart start, ReadOnlySpan<int> descriptors, out int pid)
    {
        pid = 0;
        using var strings = new NativeStrings(start);
        var actions = stackalloc byte[ActionsSize];
        var error = Libc.SpawnActionsInit(actions);
        if (error != 0) return error;
        try
        {
            for (var i = 0; error == 0 && i < descriptors.Length; i++)
                error = Libc.SpawnActionsAddDup(actions, descriptors[i], i);
            if (error == 0 && HasCloseFrom) error = Libc.SpawnActionsAddCloseFrom(actions, descriptors.Length);
            if (error == 0) error = Libc.SpawnActionsAddFolder(actions, strings.Folder);
            if (error != 0) return error;
            fixed (byte* attributes = Attributes)
            fixed (int* started = &pid)
            {
                return Libc.Spawn(started, strings.Path, actions, attributes, strings.Arguments, strings.Environment);
            }
        }
        finally
        {
            _ = Libc.SpawnActionsDestroy(actions);
        }
    }

    private static byte[] MakeAttributes()
    {
        var attributes = new byte[AttributesSize];
        var signals = stackalloc byte[SignalSetSize];
        fixed (byte* start = attributes)
        {
            _ = Libc.SpawnAttributesInit(start);
            _ = Libc.SpawnAttributesSetFlags(start, SetDefaultSignals | SetSignalMask | SetSession);
            _ = Libc.SignalsAll(signals);
            _ = Libc.SpawnAttributesSetDefaultSignals(start, signals);
            _ = Libc.SignalsNone(signals);
            _ = Libc.SpawnAttributesSetSignalMask(start, signals);
        }

        return attributes;
    }

    /// <summary>All strings of a start in one block of native memory: tables first, then the texts.</summary>
    private readonly ref struct NativeStrings
    {
        private readonly byte* _block;

        internal NativeStrings(ProgramStart start)
        {
            var argumentCount = start.Arguments.Count;
            var variableCount = start.Environment.Count;
            var tables = (argumentCount + 2 + variableCount + 1) * sizeof(byte*);
            var size =
                tables + Size(start.Executable) + Size(start.WorkingDirectory) + Size(start.Name ?? start.Executable);
            for (var i = 0; i < argumentCount; i++) size += Size(start.Arguments[i]);
            for (var i = 0; i < variableCount; i++) size += Size(start.Environment[i]);

            _block = (byte*)NativeMemory.Alloc((nuint)size);
            Arguments = (byte**)_block;
            Environment = Arguments + argumentCount + 2;
            var free = _block + tables;
            var end = _block + size;
            Path = Copy(start.Executable, ref free, end);
            Folder = Copy(start.WorkingDirectory, ref free, end);
            Arguments[0] = Copy(start.Name ?? start.Executable, ref free, end);
            for (var i = 0; i < argumentCount; i++) Arguments[i + 1] = Copy(start.Arguments[i], ref free, end);
            Arguments[argumentCount + 1] = null;
            for (var i = 0; i < variableCount; i++) Environment[i] = Copy(start.Environment[i], ref free, end);
            Environment[variableCount] = null;
        }

        internal byte* Path { get; }

        internal byte* Folder { get; }

        internal byte** Arguments { get; }

        internal byte** Environment { get; }

        public void Dispose() => NativeMemory.Free(_block);

        private static int Size(string text) => Encoding.UTF8.GetByteCount(text) + 1;

        private static byte* Copy(string text, ref byte* free, byte* end)
        {
            var start = free;
            var count = Encoding.UTF8.GetBytes(text, new Span<byte>(start, (int)(end - start)));
            start[count] = 0;
            free = start + count + 1;
            return start;
        }
    }
}
