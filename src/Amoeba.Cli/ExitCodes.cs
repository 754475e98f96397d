using Amoeba.Jobs;

namespace Amoeba.Cli;

/// <summary>What the process ends with. Scripts rely on these; nothing else in the program names a number.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>Done with failed tasks, or cancelled.</summary>
    public const int Failed = 1;

    public const int BadInput = 2;

    /// <summary>Waiting for approval.</summary>
    public const int Approval = 3;

    /// <summary>Interrupted; can be resumed.</summary>
    public const int Interrupted = 4;

    /// <summary>Something the machine lacks: a program, room on the disk, a usable store.</summary>
    public const int Lacking = 5;

    /// <param name="state">Where the job stands when the command ends.</param>
    /// <param name="refused">It was cancelled by refusing what it asked.</param>
    public static int Of(JobState state, bool refused = false) => state switch
    {
        JobState.Succeeded => Done,
        JobState.Cancelled when refused => Approval,
        JobState.Failed or JobState.Cancelled => Failed,
        JobState.AwaitingApproval => Approval,
        _ => Interrupted,
    };
}
