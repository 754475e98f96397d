namespace Amoeba.Benchmarks;

/// <summary>One question of speed. Runs its own peer, alternating with ours.</summary>
internal interface IBenchmark
{
    string Name { get; }

    Task<Outcome> RunAsync(BenchRoom room, CancellationToken cancel);
}
