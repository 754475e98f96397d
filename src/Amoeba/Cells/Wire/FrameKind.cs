namespace Amoeba.Cells.Wire;

/// <summary>What parent and worker say to each other; drawn in docs/cells.md. The numbers are the protocol's.</summary>
internal enum FrameKind : byte
{
    /// <summary>Worker: it is there. Mark, version, names of the tools it has.</summary>
    Hello = 1,

    /// <summary>
    /// Worker: it lives. From a thread that work cannot block. What its task got done so far besides output.
    /// </summary>
    Beat = 2,

    /// <summary>Worker: its task waits for something that is no work of its own, or goes on.</summary>
    Waits = 3,

    /// <summary>Worker: bytes of the task's output, within the credit it has.</summary>
    Output = 4,

    /// <summary>Worker: the task ended. It takes the next one.</summary>
    Result = 5,

    /// <summary>Worker: the answer to a ping, with its number.</summary>
    Pong = 6,

    /// <summary>Worker: its task is near one of its limits; which, for a person.</summary>
    Warn = 7,

    /// <summary>Worker: after its task, whose result follows, it is fit for no other; why, for a person.</summary>
    Spent = 8,

    /// <summary>Parent: a task, for a worker that has none.</summary>
    Task = 33,

    /// <summary>Parent: so many more bytes of output may come.</summary>
    Credit = 34,

    /// <summary>Parent: the task is to end: gently, and with its whole tree.</summary>
    Stop = 35,

    /// <summary>Parent: the task is to end now, by force.</summary>
    Force = 36,

    /// <summary>Parent: no more output is wanted, which ends the task.</summary>
    Refuse = 37,

    /// <summary>Parent: answer with a pong.</summary>
    Ping = 38,

    /// <summary>Parent: take no other task, and go when the present one has ended.</summary>
    Drain = 39,
}
