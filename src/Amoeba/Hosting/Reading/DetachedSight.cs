using Amoeba.Cells.Detached;

namespace Amoeba.Hosting.Reading;

/// <summary>Attempts that outlive their parent, read from disk while no parent follows them.</summary>
/// <param name="home">AMOEBA_HOME.</param>
internal sealed class DetachedSight(string home)
{
    private readonly string _root = DetachedFolder.RootOf(home);

    /// <summary>
    /// Of a job that no parent has: the attempts that run on, or have ended and wait for whoever takes it.
    /// </summary>
    public IReadOnlySet<(int Ordinal, int Attempt)> GoingOn(string job) => DetachedFolder.List(_root, job)
        .GroupBy(step => (step.Ordinal, step.Attempt))
        .Where(attempt => GoesOn(attempt.Last())).Select(attempt => attempt.Key).ToHashSet();

    /// <summary>The attempt's worker lives, and has not said how it ended.</summary>
    public bool IsAtWork(string job, int ordinal, int attempt) =>
        Last(job, ordinal, attempt) is { } step && !File.Exists(step.Result)
            && DetachedClaim.Read(step)?.IsAliveIn(step) == true;

    /// <summary>The attempt's worker said how it ended, and nobody recorded it.</summary>
    public bool HasEnded(string job, int ordinal, int attempt) =>
        Last(job, ordinal, attempt) is { } step && File.Exists(step.Result);

    /// <summary>
    /// What the tool that the attempt is at has written so far, from an offset on; null where there is nothing.
    /// </summary>
    public Stream? OpenOutput(string job, int ordinal, int attempt, long offset)
    {
        if (Last(job, ordinal, attempt) is not { } step) return null;
        try
        {
            return new FileStream(step.Output, FileMode.Open, FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete)
            { Position = offset };
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static bool GoesOn(DetachedFolder last) =>
        File.Exists(last.Result) || DetachedClaim.Read(last)?.IsAliveIn(last) == true;

    private DetachedFolder? Last(string job, int ordinal, int attempt)
    {
        DetachedFolder? last = null;
        for (var step = 0; DetachedFolder.Of(_root, job, ordinal, attempt, step) is { Exists: true } next; step++)
            last = next;
        return last;
    }
}
