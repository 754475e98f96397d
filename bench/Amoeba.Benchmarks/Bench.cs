namespace Amoeba.Benchmarks;

/// <summary>The measurements of Amoeba, each beside a peer of the same run.</summary>
internal static class Bench
{
    public const string QuickWord = "--quick";
    public const string JsonWord = "--json";

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
        new DecidingBenchmark(),
    ];

    /// <param name="words">Names of benchmarks, and <see cref="QuickWord"/> or <see cref="JsonWord"/>.</param>
    /// <param name="folder">Where to work; on the disk that is to be measured. A folder in it is made, and removed.</param>
    /// <param name="cli">The built command line tool; null leaves out what needs it.</param>
    /// <param name="output">Gets the table, or the JSON.</param>
    /// <param name="progress">Gets a line for each round.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>0; 2 for a name that there is not.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> words, string folder, string? cli, TextWriter output, TextWriter progress, CancellationToken cancel)
    {
        var names = words.Where(word => word is not (QuickWord or JsonWord)).ToList();
        if (names.Find(name => All.All(benchmark => benchmark.Name != name)) is { } unknown)
        {
            await progress.WriteLineAsync($"there is no benchmark '{unknown}'. There are:");
            foreach (var benchmark in All)
            {
                await progress.WriteLineAsync($"  {benchmark.Name,-14} {benchmark.About}");
            }

            return 2;
        }

        Directory.CreateDirectory(folder);
        var place = Path.Combine(folder, $"bench-{Environment.ProcessId}");
        Directory.CreateDirectory(place);
        try
        {
            using var room = new BenchRoom(place, cli, words.Contains(QuickWord), progress.WriteLine);
            var outcomes = new List<Outcome>();
            foreach (var benchmark in All.Where(benchmark => names.Count == 0 || names.Contains(benchmark.Name)))
            {
                outcomes.Add(await benchmark.RunAsync(room, cancel));
            }

            await output.WriteAsync(words.Contains(JsonWord) ? Report.Json(outcomes) : Report.Text(outcomes));
            return 0;
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
