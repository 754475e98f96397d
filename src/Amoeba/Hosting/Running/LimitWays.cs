using Amoeba.Machine;
using Amoeba.Processes;

namespace Amoeba.Hosting.Running;

/// <summary>How the trees of a parent are held to their limits on this machine; chosen once, at its start.</summary>
internal static class LimitWays
{
    /// <summary>Where a parent's control groups are, or would be.</summary>
    public static GroupPlaces Places(MachineReader machine)
    {
        var offer = machine.Groups();
        return new GroupPlaces
        {
            Memory = offer.Memory,
            Cpu = offer.Cpu,
            Processes = offer.Processes,
            Unified = offer.Unified,
            MovesUs = offer.MovesUs,
        };
    }

    public static TreeGroups Groups(Lazy<GroupPlaces> places, string parentId) =>
        new(KernelGroupFiles.Instance, places, parentId, Environment.ProcessId);
}
