using System.Globalization;
using Amoeba.Processes;

namespace Amoeba.Tests.Processes;

/// <summary>Of processes that were sent SIGSTOP.</summary>
internal static class Stopped
{
    /// <summary>
    /// Completes when not one of its threads runs. The signal only wakes one of them; until that has a processor the
    /// others go on, and whoever is in a call of the kernel stands still when that returns.
    /// </summary>
    internal static Task StandsStillAsync(int pid)
    {
        var threads = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/task");
        return Eventually.True(() => Array.TrueForAll(Directory.GetDirectories(threads), Stands));
    }

    private static bool Stands(string thread)
    {
        var stat = KernelGroupFiles.Instance.Read($"{thread}/stat");
        // One that is gone runs no more; the name, in parentheses, may hold anything.
        return stat is null || stat[(stat.LastIndexOf(')') + 1)..].StartsWith(" T ", StringComparison.Ordinal);
    }
}
