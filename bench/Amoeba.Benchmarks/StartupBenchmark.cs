namespace Amoeba.Benchmarks;

/// <summary>
/// What the command line tool costs before and after the work, beside the least a .NET program can cost.
/// </summary>
internal sealed class StartupBenchmark : IBenchmark
{
    public string Name => "startup";

    public async Task<Outcome> RunAsync(BenchRoom room, CancellationToken cancel)
    {
        if (room.Cli is not { } cli)
        {
            return Outcome.Skip(Name, "the command line tool is not built; ./amoeba --version builds it");
        }

        if (room.Find("dotnet") is null)
        {
            return Outcome.Skip(Name, "the peer is built with the .NET SDK, and `dotnet` is not on PATH");
        }

        room.Say($"{Name}: building the program that prints hello");
        var hello = await PublishedProgram.HelloAsync(room, cancel);
        var plan = Path.Combine(room.Folder, "one.json");
        await File.WriteAllTextAsync(
            plan, """{ "name": "one", "each": ["x"], "do": { "run": ["/bin/true"] } }""", cancel);
        var home = room.NewHome();
        List<double> jobs = [], runs = [], hellos = [];
        for (var round = -2; round < room.Rounds(31); round++)
        {
            room.Say($"{Name}: round {round + 1}");
            var figures = new[]
            {
                await room.RunAsync(hello, [], cancel),
                await room.RunAsync(cli, ["run", plan, "--quiet", "--home", home], cancel),
                await room.RunAsync(cli, ["jobs", "--home", home], cancel),
            };
            if (round < 0)
            {
                continue; // reads the files from the disk
            }

            hellos.Add(figures[0] * 1000);
            runs.Add(figures[1] * 1000);
            jobs.Add(figures[2] * 1000);
        }

        return new Outcome(
            Name, [Compare("amoeba jobs", jobs, hellos, 3), Compare("amoeba run of one /bin/true", runs, hellos, 5)]);
    }

    private static Finding Compare(string what, List<double> ours, List<double> hellos, double bound)
    {
        var our = new Series(what, "ms", ours);
        var hello = new Series("hello", "ms", hellos);
        return new Finding
        {
            What = what + ", whole process",
            Against = "a .NET program that prints hello, published alike",
            Ours = our,
            Theirs = hello,
            Figure = Series.Ratio("of it", our, hello),
            Aim = new Aim(AtLeast: false, bound),
        };
    }
}
