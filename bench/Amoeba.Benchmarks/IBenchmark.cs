namespace Amoeba.Benchmarks;

/// <summary>One question of speed. Runs its own peer, alternating with ours.</summary>
internal interface IBenchmark
{
    string Name { get; }

    /// <summary>A line for the list of benchmarks.</summary>
    string About { get; }

    Task<Outcome> RunAsync(BenchRoom room, CancellationToken cancel);
}
