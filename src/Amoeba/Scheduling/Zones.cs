namespace Amoeba.Scheduling;

/// <summary>How loaded the machine is (SPEC 8.2).</summary>
internal enum Zone
{
    /// <summary>Zones are turned off: as safe.</summary>
    Off,

    /// <summary>Children start freely.</summary>
    Safe,

    /// <summary>Two fifths of the width; the rest is queued.</summary>
    Warning,

    /// <summary>Nothing new starts beside what runs.</summary>
    Danger,
}

/// <summary>Percentages at which zones begin, and how far below them a load has to fall to leave again.</summary>
/// <param name="Off">True turns zones off.</param>
/// <param name="CpuSafe">Processors: safe below, 0 to 100.</param>
/// <param name="CpuDanger">Processors: danger above, 0 to 100; at least <paramref name="CpuSafe"/>.</param>
/// <param name="RamSafe">Memory: safe below, 0 to 100.</param>
/// <param name="RamDanger">Memory: danger above, 0 to 100; at least <paramref name="RamSafe"/>.</param>
/// <param name="Band">Percentage points below a zone's beginning at which it is left.</param>
internal sealed record ZoneOptions(
    bool Off = false, double CpuSafe = 60, double CpuDanger = 80, double RamSafe = 70, double RamDanger = 85,
    double Band = 5);

/// <summary>
/// The machine's zone over time: entered at once, left only when the load fell clearly below where it begins.
/// </summary>
internal sealed class Zones(ZoneOptions options)
{
    public Zone Current { get; private set; } = options.Off ? Zone.Off : Zone.Safe;

    /// <summary>Takes a reading and returns the zone.</summary>
    /// <param name="cpu">Percentage of the processors in use.</param>
    /// <param name="ram">Percentage of the memory in use.</param>
    public Zone Read(double cpu, double ram) => Current = Next(options, Current, cpu, ram);

    public static Zone Next(ZoneOptions options, Zone current, double cpu, double ram)
    {
        if (options.Off)
            return Zone.Off;
        var rising = At(options, cpu, ram, band: 0);
        var falling = At(options, cpu, ram, options.Band);
        // A band raises what a reading counts for, so falling is never below rising.
        return rising >= current ? rising : falling < current ? falling : current;
    }

    /// <summary>Share of each job's width that may run in this zone.</summary>
    public static double Share(Zone zone) => zone switch
    {
        Zone.Warning => 0.4,
        Zone.Danger => 0,
        _ => 1,
    };

    /// <summary>The word a decision is told.</summary>
    public static string Name(Zone zone) => zone switch
    {
        Zone.Off => "off",
        Zone.Safe => "safe",
        Zone.Warning => "warning",
        Zone.Danger => "danger",
        _ => throw new ArgumentOutOfRangeException(nameof(zone)),
    };

    private static Zone At(ZoneOptions options, double cpu, double ram, double band)
    {
        if (cpu > options.CpuDanger - band || ram > options.RamDanger - band)
            return Zone.Danger;
        return cpu >= options.CpuSafe - band || ram >= options.RamSafe - band ? Zone.Warning : Zone.Safe;
    }
}
