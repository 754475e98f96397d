namespace Amoeba.Benchmarks;

/// <summary>The measurements of Amoeba, each beside a peer of the same run.</summary>
internal static class Bench
{
    /// <summary>A line for each; a constant, so that showing help makes none of them.</summary>
    public const string Contents =
        """
          million        a million items: seconds to accept, bytes held an item
          programs       2,000 times /bin/true, 2 children, against GNU parallel and xargs
          engine-sqlite  wait: 0 through the whole engine on SQLite, against the same rows written by the store alone
          engine-memory  wait: 0 through the whole engine in memory, against Parallel.ForEachAsync on a no-op
          start          submit to start on an idle durable parent, against fdatasync on the same disk
          makespan       200 heavy-tailed tasks of known length, against longest-first list scheduling and the bound
          takeover       kill -9 with 10,000 tasks recorded as started, 256 slots: seconds until work runs again
          startup        `amoeba jobs` and a one-task `amoeba run`, against a .NET program that prints hello
          quota          four parents on one quota, 30 s of requests and 30 s of tokens, against all of it
          network        50 feeds of 0.4 s and 100 calls of 0.3 s, against the longest chain of waits
          streaming      200 answers streamed at once, against the same client without Amoeba
          open-calls     200 answers and 200 pages that stand still in the middle: memory held by each
          deciding       deciding on 10,000 tasks: never slower than one by one, no split under the threshold
          cells          a worker's start, a task's way to it and back, its death, and 200 that wait
        """;

    public static IReadOnlyList<IBenchmark> All { get; } =
    [
        new MillionBenchmark(), // first, while the process is small
        new ProgramsBenchmark(),
        new DurableEngineBenchmark(),
        new MemoryEngineBenchmark(),
        new StartBenchmark(),
        new MakespanBenchmark(),
        new TakeoverBenchmark(),
        new StartupBenchmark(),
        new QuotaBenchmark(),
        new NetworkBenchmark(),
        new StreamingBenchmark(),
        new OpenCallsBenchmark(),
        new DecidingBenchmark(),
        new CellsBenchmark(),
    ];

    /// <param name="options">What to measure.</param>
    /// <param name="folder">Where to work; on the disk that is to be measured. A folder in
    /// it is made, and removed.</param>
    /// <param name="cli">The built command line tool; null leaves out what needs it.</param>
    /// <param name="output">Gets the table, or the JSON.</param>
    /// <param name="progress">Gets a line for each round.</param>
    /// <param name="cancel">Ends it.</param>
    public static async Task RunAsync(
        BenchOptions options, string folder, string? cli,
        TextWriter output, TextWriter progress, CancellationToken cancel)
    {
        var place = Path.Combine(folder, $"bench-{Environment.ProcessId}");
        Directory.CreateDirectory(place);
        try
        {
            using var room = new BenchRoom(place, cli, options.Quick, progress.WriteLine);
            var outcomes = new List<Outcome>();
            foreach (var benchmark in All.Where(benchmark => options.Wants(benchmark.Name)))
            {
                outcomes.Add(await benchmark.RunAsync(room, cancel));
            }

            await output.WriteAsync(options.Json ? Report.Json(outcomes) : Report.Text(outcomes));
        }
        finally
        {
            Directory.Delete(place, recursive: true);
        }
    }

    /// <summary>The tool that ./amoeba built, looked for from this program's folder upwards.</summary>
    public static string? CliBesideSource()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var cli = Path.Combine(folder.FullName, "artifacts", "cli", "amoeba-cli");
            if (File.Exists(cli))
            {
                return cli;
            }
        }

        return null;
    }
}

/// <param name="Names">Which benchmarks; none is all.</param>
/// <param name="Quick">Few and small rounds: shows that it works, not how fast.</param>
/// <param name="Json">Data instead of a table.</param>
internal sealed record BenchOptions(IReadOnlyList<string> Names, bool Quick, bool Json)
{
    public bool Wants(string name) => Names.Count == 0 || Names.Contains(name);
}
