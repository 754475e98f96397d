namespace Amoeba.Hosting.Running;

/// <summary>
/// What of Amoeba's own state would be seen by tasks that are given a folder whole: every job's outputs, its plans with
/// their variables, the configuration with its keys.
/// </summary>
internal static class StateInSight
{
    /// <summary>Where in a job's folder the state lies; null where it lies elsewhere.</summary>
    /// <param name="folder">The job's. Full path.</param>
    /// <param name="state">The home, or the folder of a parent that has none.</param>
    /// <returns>A path that begins with the folder as it is written, whatever links lead to it.</returns>
    public static string? In(string folder, string state)
    {
        var below = Path.GetRelativePath(RealPath(folder), RealPath(state));
        return below == "." || IsOutside(below) ? null : Path.Combine(folder, below);
    }

    /// <summary>Why a container cannot be given this folder, for a person; null where it can.</summary>
    public static string? WhyNot(string folder, HomeFolder home)
    {
        var (real, root) = (RealPath(folder), RealPath(home.Root));
        return real == root || home.Folders.Any(own => !IsOutside(Path.GetRelativePath(RealPath(own), real)))
            ? $"the job's folder {folder} is where Amoeba keeps its own state (AMOEBA_HOME is {home.Root}), which a "
                + "container must not see; work in another folder, or use another cell"
            : null;
    }

    private static bool IsOutside(string relative) =>
        relative == ".." || relative.StartsWith("../", StringComparison.Ordinal) || Path.IsPathRooted(relative);

    /// <summary>Without links; what is not there is taken as it is written.</summary>
    private static string RealPath(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Path.GetDirectoryName(full) is not { } parent) return full;
        var here = Path.Combine(RealPath(parent), Path.GetFileName(full));
        try
        {
            return new DirectoryInfo(here).ResolveLinkTarget(returnFinalTarget: true) is { } target
                ? RealPath(target.FullName)
                : here;
        }
        catch (IOException)
        {
            return here; // links in a circle lead nowhere
        }
    }
}
