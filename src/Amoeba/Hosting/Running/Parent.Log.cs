using Microsoft.Extensions.Logging;

namespace Amoeba.Hosting.Running;

/// <summary>What a parent logs: only what is not ordinary.</summary>
internal static partial class ParentLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "Stopped, because it could not go on: {Error}")]
    public static partial void Stopped(ILogger logger, string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "Took job {Job} over from {Owner}, which was gone; "
        + "ended {Killed} processes that it had left")]
    public static partial void TookOver(ILogger logger, string job, string owner, int killed);

    [LoggerMessage(Level = LogLevel.Information, Message = "Took up {Count} detached attempts of job {Job}, "
        + "which had outlived their parent")]
    public static partial void TookUp(ILogger logger, string job, int count);

    [LoggerMessage(Level = LogLevel.Information, Message = "Gave back what the dead parent {Parent} held; "
        + "ended {Killed} processes that it had left")]
    public static partial void Buried(ILogger logger, string parent, int killed);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not end what the dead parent {Parent} left: {Error}")]
    public static partial void NotBuried(ILogger logger, string parent, string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "Ended {Count} detached attempts that were given up by a "
        + "parent that died at once")]
    public static partial void EndedStrays(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not look for detached attempts "
        + "that nobody owns: {Error}")]
    public static partial void NotEndedStrays(ILogger logger, string error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Lost job {Job}: another parent owns it")]
    public static partial void LostJob(ILogger logger, string job);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Overseer, job {Job}: {Act}")]
    public static partial void Oversaw(ILogger logger, string job, string act);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Docker did not say that container {Name} is gone: it is asked "
        + "again when this parent ends, and `amoeba cells clean` removes what is left")]
    public static partial void DoubtedContainer(ILogger logger, string name);

    [LoggerMessage(Level = LogLevel.Warning, Message = "That container {Name} is in doubt could not be kept: {Why}")]
    public static partial void NotNotedContainer(ILogger logger, string name, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused {Count} results that came late or twice")]
    public static partial void RefusedResults(ILogger logger, long count);

    [LoggerMessage(Level = LogLevel.Information, Message = "Deleted {Count} jobs that had ended long ago, "
        + "with what they had left")]
    public static partial void Pruned(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not delete what is old: {Error}")]
    public static partial void NotPruned(ILogger logger, string error);
}
