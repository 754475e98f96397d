namespace Amoeba.Jobs;

/// <summary>Heavy children whose starts are counted together (SPEC 5.3).</summary>
internal enum PacedKind
{
    /// <summary>Of every heavy kind of cell but docker.</summary>
    Heavy,
    Docker,
}

/// <summary>So many starts of one kind in any such period, whichever parents of the store they are of.</summary>
/// <param name="Most">At least 1.</param>
/// <param name="Period">Longer than nothing.</param>
internal readonly record struct SpawnPace(int Most, TimeSpan Period)
{
    /// <summary>One after another, at even distances: each takes a processor while it starts.</summary>
    public static SpawnPace PerSecond(double starts) => new(1, TimeSpan.FromSeconds(1 / starts));

    /// <summary>As many at once as a minute has.</summary>
    public static SpawnPace PerMinute(double starts) => new((int)starts, TimeSpan.FromMinutes((int)starts / starts));
}
