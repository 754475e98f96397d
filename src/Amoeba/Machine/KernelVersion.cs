using System.Globalization;

namespace Amoeba.Machine;

internal static class KernelVersion
{
    /// <summary>"6.1.0-23-amd64" as 6.1; 0.0 where it cannot be read.</summary>
    internal static Version Of(MachineFiles files)
    {
        var parts = (files.Text("/proc/sys/kernel/osrelease") ?? "").Split('.', '-');
        return parts.Length >= 2
            && int.TryParse(parts[0], CultureInfo.InvariantCulture, out var major)
            && int.TryParse(parts[1], CultureInfo.InvariantCulture, out var minor)
            ? new Version(major, minor)
            : new Version(0, 0);
    }
}
