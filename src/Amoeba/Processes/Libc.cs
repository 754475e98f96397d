using System.Runtime.InteropServices;

namespace Amoeba.Processes;

/// <summary>The calls of the system's C library that starting and ending programs needs. Numbers are Linux's.</summary>
internal static unsafe partial class Libc
{
    internal const int EPerm = 1, ENoEnt = 2, ESrch = 3, EIntr = 4, E2Big = 7, ENoExec = 8, EBadF = 9, EChild = 10,
        EAgain = 11, ENoMem = 12, EAcces = 13, EExist = 17, ENotDir = 20, EInval = 22, ENFile = 23, EMFile = 24,
        ETxtBsy = 26, EMLink = 31, ENameTooLong = 36, ENoSys = 38, ELoop = 40, ENotSup = 95;

    internal const int SigHup = 1, SigInt = 2, SigQuit = 3, SigIll =
        4, SigAbrt = 6, SigBus = 7, SigFpe = 8, SigKill = 9,
        SigSegv = 11, SigTerm = 15, SigCont = 18, SigStop = 19;
    internal const int OReadOnly = 0, OReadWrite = 2, OCreate = 0x40, ONonBlock = 0x800, OCloseOnExec = 0x80000;
    internal const int LockShared = 1, LockExclusive = 2, LockNonBlocking = 4, LockNone = 8;
    internal const int WaitNoHang = 1;
    internal const short PollNotOpen = 0x20;

    private const int OfThread = 1;
    private const int FcntlDupCloseOnExec = 1030, FcntlSetFlags = 4, FcntlGetDescriptorFlags =
        1, FcntlSetDescriptorFlags = 2, SigChld = 17, SizeOfSigaction = 152 / 8;
    private const long SyscallPidfdOpen = 434, SyscallPidfdSendSignal = 424;
    private const int AtCurrentFolder = -100, RenameNoReplace = 1;
    private const int WaitForPid = 1, WaitExited = 4, WaitLeave = 0x01000000;

    private static readonly long SyscallWaitId = RuntimeInformation.ProcessArchitecture is Architecture.X64 ? 247 : 95;

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    internal static partial int Pipe2(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Link(string from, string to);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Rename(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    internal static partial nint PRead(int fd, byte* buffer, nuint count, nint offset);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(int fd, byte* buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    internal static partial int SocketPair(int domain, int type, int protocol, int* ends);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollEntry* entries, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "_exit")]
    internal static partial void ExitNow(int code);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    internal static partial int Flock(int fd, int operation);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    internal static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "getsid", SetLastError = true)]
    internal static partial int GetSession(int pid);

    [LibraryImport("libc", EntryPoint = "wait4", SetLastError = true)]
    internal static partial int Wait4(int pid, int* status, int options, ResourceUse* use);

    [LibraryImport("libc", EntryPoint = "getrusage", SetLastError = true)]
    internal static partial int GetResourceUse(int who, ResourceUse* use);

    /// <summary>What the calling thread has used of the processors.</summary>
    internal static TimeSpan ThreadCpuTime()
    {
        ResourceUse use;
        return GetResourceUse(OfThread, &use) == 0 ? use.CpuTime : TimeSpan.Zero;
    }

    [LibraryImport("libc", EntryPoint = "prlimit64", SetLastError = true)]
    internal static partial int ResourceLimits(int pid, int resource, ResourceLimit* set, ResourceLimit* old);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    internal static partial int Prctl(int option, nuint value, nuint a, nuint b, nuint c);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    internal static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    internal static partial int EpollControl(int epoll, int operation, int fd, byte* happening);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    internal static partial int EpollWait(int epoll, byte* happenings, int count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    internal static partial int EventFd(uint value, int flags);

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    internal static partial int Spawn(int* pid, byte* path, byte* actions, byte* attributes, byte** argv, byte** envp);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    internal static partial int SpawnAttributesInit(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    internal static partial int SpawnAttributesSetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    internal static partial int SpawnAttributesSetDefaultSignals(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    internal static partial int SpawnAttributesSetSignalMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    internal static partial int SpawnActionsInit(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    internal static partial int SpawnActionsDestroy(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    internal static partial int SpawnActionsAddDup(byte* actions, int fd, int target);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np")]
    internal static partial int SpawnActionsAddFolder(byte* actions, byte* path);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addclosefrom_np")]
    internal static partial int SpawnActionsAddCloseFrom(byte* actions, int first);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    internal static partial int SignalsAll(byte* set);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    internal static partial int SignalsNone(byte* set);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(int fd, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(long number, nint a, nint b, nint c, nint d);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Syscall(long number, nint a, nint b, nint c, nint d, nint e);

    [LibraryImport("libc", EntryPoint = "sigaction", SetLastError = true)]
    private static partial int SignalAction(int signal, nint* action, nint* old);

    internal static int LastError => Marshal.GetLastPInvokeError();

    internal static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error);

    /// <summary>
    /// A descriptor that becomes readable when the process ends; -1 where the kernel has none (before 5.3).
    /// </summary>
    internal static int PidfdOpen(int pid) => (int)Syscall(SyscallPidfdOpen, pid, 0, 0, 0);

    internal static int PidfdSignal(int pidfd, int signal) =>
        (int)Syscall(SyscallPidfdSendSignal, pidfd, signal, 0, 0);

    /// <summary>
    /// How a child of ours ended, as wait4 says it, but its zombie stays. Returns 0 while it runs, its pid when it has
    /// ended, -1 when it is none of ours. The library's own waitid tells nothing of what was used.
    /// </summary>
    internal static int SeeEnd(int pid, out int status, out ResourceUse use)
    {
        EndInfo info = default;
        ResourceUse seen = default;
        int result;
        do result =
            (int)Syscall(SyscallWaitId, WaitForPid, pid, (nint)(&info),
                WaitExited | WaitNoHang | WaitLeave, (nint)(&seen));
        while (result < 0 && LastError == EIntr);
        use = seen;
        status = info.Code == EndInfo.Exited ? (info.Status & 0xff) << 8 : info.Status & 0x7f;
        return result < 0 ? -1 : info.Pid;
    }

    /// <summary>Renames a file, and fails with EEXIST where the new name is taken.</summary>
    internal static int RenameNew(string from, string to) =>
        Rename(AtCurrentFolder, from, AtCurrentFolder, to, RenameNoReplace);

    internal static int SetNonBlocking(int fd) => Fcntl(fd, FcntlSetFlags, ONonBlock);

    internal static void CloseOnExecute(int fd) => _ = Fcntl(fd, FcntlSetDescriptorFlags, 1);

    /// <summary>
    /// Whether whoever started this process gave it the descriptor; what the runtime opened closes on exec.
    /// </summary>
    internal static bool IsInherited(int fd) =>
        Fcntl(fd, FcntlGetDescriptorFlags, 0) is >= 0 and var flags && (flags & 1) == 0;

    /// <summary>
    /// A copy of the descriptor that is not below the given number, so that no standard stream is taken.
    /// </summary>
    internal static int DuplicateAtLeast(int fd, int lowest) => Fcntl(fd, FcntlDupCloseOnExec, lowest);

    /// <summary>
    /// A process that was started with SIGCHLD ignored never gets to see how its children ended: the kernel reaps
    /// them itself. Whoever starts programs needs the default back.
    /// </summary>
    internal static void KeepChildrenWaitable()
    {
        var action = stackalloc nint[SizeOfSigaction];
        if (SignalAction(SigChld, null, action) == 0 && action[0] == 1) TakeDefault(SigChld);
    }

    /// <summary>From here on the signal does to this process what it does to any that took no care of it.</summary>
    internal static void TakeDefault(int signal)
    {
        var action = stackalloc nint[SizeOfSigaction];
        new Span<nint>(action, SizeOfSigaction).Clear();
        _ = SignalAction(signal, action, null);
    }

    /// <summary>pollfd.</summary>
    internal struct PollEntry
    {
        internal int Descriptor;
        internal short Wanted, Seen;
    }

    /// <summary>siginfo of 64-bit Linux, as a child's end fills it in.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    internal struct EndInfo
    {
        internal const int Exited = 1;

        [FieldOffset(8)] internal int Code;
        [FieldOffset(16)] internal int Pid;
        [FieldOffset(24)] internal int Status;
    }

    /// <summary>rlimit of 64-bit Linux.</summary>
    internal struct ResourceLimit
    {
        internal ulong Soft, Hard;
    }

    /// <summary>rusage of 64-bit Linux; the fields after maxrss are only room.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    internal struct ResourceUse
    {
        internal long UserSeconds, UserMicroseconds, SystemSeconds, SystemMicroseconds, MaxResidentKilobytes;

        internal readonly TimeSpan CpuTime => TimeSpan.FromSeconds(UserSeconds + SystemSeconds)
            + TimeSpan.FromMicroseconds(UserMicroseconds + SystemMicroseconds);
    }
}
