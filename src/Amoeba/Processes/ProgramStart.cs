namespace Amoeba.Processes;

/// <summary>Everything a program is started with; nothing else reaches it.</summary>
/// <param name="Executable">Full path of the file to execute. See <see cref="Executables.Resolve"/>.</param>
/// <param name="Arguments">What follows the program's own name.</param>
/// <param name="Environment">KEY=VALUE entries, exact and complete: nothing is inherited from this process.</param>
/// <param name="WorkingDirectory">Full path of the folder it starts in.</param>
internal sealed record ProgramStart(
    string Executable,
    IReadOnlyList<string> Arguments,
    IReadOnlyList<string> Environment,
    string WorkingDirectory)
{
    /// <summary>argv[0]; the executable's path when null.</summary>
    public string? Name { get; init; }

    /// <summary>File that is its standard input; null is /dev/null.</summary>
    public string? StdinFile { get; init; }

    /// <summary>
    /// The entry of <see cref="Environment"/> that marks this program's tree and no other. What leaves the program's
    /// session is recognised by it. Null: such a process is recognised only while nothing else runs.
    /// </summary>
    public string? Cookie { get; init; }

    /// <summary>
    /// Our descriptors that it gets as 3, 4, ... in this order, each at or above 3 plus their count. They stay open
    /// here too.
    /// </summary>
    public IReadOnlyList<int> ExtraDescriptors { get; init; } = [];

    /// <summary>
    /// Our descriptor, at or above 3, that is both its standard input and its standard output, for one that talks over
    /// them; stays open here too. Null: its input is <see cref="StdinFile"/>, its output is read.
    /// </summary>
    public int? Talk { get; init; }

    /// <summary>
    /// Files that each process of its tree may have open at once: its soft limit, which a program may raise up to the
    /// hard one of this process. Null: what the runtime raised its own to.
    /// </summary>
    public int? OpenFiles { get; init; }

    public TreeCare Tree { get; init; }

    /// <summary>
    /// What awaits <see cref="RunningProgram.Completion"/> goes on at once, on the one thread that serves every
    /// program: it has to be quick, and to leave that thread before it waits for anything or starts another program.
    /// </summary>
    public bool ContinuesInline { get; init; }
}

/// <summary>What becomes of the processes a program leaves running when it ends.</summary>
internal enum TreeCare
{
    /// <summary>They are killed.</summary>
    End,
    /// <summary>They go on, and so does the program itself when its launcher is disposed.</summary>
    Leave,
    /// <summary>As <see cref="Leave"/>, and it is known that it leaves none (a companion of ours).</summary>
    None,
}

/// <summary>A program that runs, or why it could not be started. Exactly one of the two is set.</summary>
internal readonly record struct StartResult(RunningProgram? Program, StartFailure? Failure);

internal enum StartFailureKind
{
    /// <summary>No such executable, or the interpreter its first line names is missing.</summary>
    NotFound,
    /// <summary>The file may not be executed by us.</summary>
    NotPermitted,
    /// <summary>Neither a binary of this machine nor a script with a #! line.</summary>
    NotExecutable,
    /// <summary>Arguments and environment are larger than the system takes.</summary>
    TooLong,
    /// <summary>The working directory or the input file is missing or closed to us.</summary>
    NoFolderOrInput,
    /// <summary>Out of processes, memory or descriptors: may work later.</summary>
    Exhausted,
    /// <summary>An argument, variable or path that no program can be given, such as one with a NUL in it.</summary>
    BadValue,
    Other,
}

/// <summary>Why a program was not started, told for the reader.</summary>
internal sealed record StartFailure(StartFailureKind Kind, string Message);
