using Amoeba.Deciding;
using Amoeba.Engine;
using Amoeba.Machine;
using Amoeba.Scheduling;

namespace Amoeba.Hosting.Running;

/// <summary>What the machine looks like, for decisions and for admission.</summary>
internal sealed class MachineSight(ParentOptions options, MachineReader reader)
{
    private readonly Zones _zones = new(options.Zones);
    private readonly string _folder = options.Home ?? Path.GetTempPath();

    /// <summary>Reads the machine and moves the zone; called by one thread at a time.</summary>
    public MachineSeen Look()
    {
        var facts = reader.Read(_folder);
        var zone = _zones.Read((facts.CpuUse ?? 0) * 100, facts.MemoryUse * 100);
        return new MachineSeen(facts.MemoryAvailable, Zones.Share(zone));
    }

    /// <summary>
    /// What a decision may count on. The zone is left out: it passes, and the engine narrows every job by it as long as
    /// it lasts.
    /// </summary>
    public MachineInput Input()
    {
        var facts = reader.Read(_folder);
        var caps = options.Caps;
        return new MachineInput(
            facts.Cpus, facts.MemoryAvailable, options.ReservedMemory, caps.Light, caps.Heavy, caps.Programs,
            caps.Memory, Zones.Name(Zone.Off), options.HeavyPerSecond, options.DockerPerMinute);
    }
}
