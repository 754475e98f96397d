using System.Globalization;

namespace Amoeba.Benchmarks;

/// <summary>Many short programs, two at a time, with output and exit code on the disk.</summary>
internal sealed class ProgramsBenchmark : IBenchmark
{
    public string Name => "programs";

    public async Task<Outcome> RunAsync(BenchRoom room, CancellationToken cancel)
    {
        var count = room.Count(2000);
        var measured = new Dictionary<string, List<double>>();
        var ways = Ways(room, count, cancel);
        for (var round = 0; round < room.Rounds(5); round++)
        {
            foreach (var (name, way) in ways)
            {
                room.Say($"{Name}: round {round + 1}, {name}");
                measured.TryAdd(name, []);
                measured[name].Add(await way());
            }
        }

        var series = measured.ToDictionary(pair => pair.Key, pair => new Series(pair.Key, "s", pair.Value));
        var findings = new List<Finding>();
        foreach (var ours in (string[])["amoeba run", "an open parent"])
        {
            foreach (var (peer, bound) in ((string, double)[])[("parallel", 5), ("xargs", 0.7)])
            {
                if (series.TryGetValue(ours, out var our) && series.TryGetValue(peer, out var their))
                {
                    findings.Add(Compare(count, our, their, bound));
                }
            }
        }

        return findings.Count > 0
            ? new Outcome(Name, findings)
            : Outcome.Skip(Name, "neither parallel nor xargs is there: apt-get install parallel findutils");
    }

    private static Finding Compare(int count, Series ours, Series peer, double bound) => new()
    {
        What = string.Create(CultureInfo.InvariantCulture, $"{count:N0} x /bin/true, 2 children, {ours.Name}"),
        Against = peer.Name == "parallel" ? "parallel -j2 --joblog" : "xargs -P2 -n1 (keeps nothing)",
        Ours = ours,
        Theirs = peer,
        Figure = Series.Ratio("rate over the peer's", peer, ours),
        Aim = new Aim(AtLeast: true, bound),
    };

    private static List<(string Name, Func<Task<double>> Way)> Ways(BenchRoom room, int count, CancellationToken cancel)
    {
        var ways = new List<(string, Func<Task<double>>)>
        {
            ("an open parent", () => InParentAsync(room, count, cancel)),
        };
        if (room.Cli is { } cli)
        {
            ways.Add(("amoeba run", () =>
            {
                var plan = Path.Combine(room.Folder, "true.json");
                File.WriteAllText(plan, Plan.True(count));
                return room.RunAsync(cli, ["run", plan, "--quiet", "--yes", "--home", room.NewHome()], cancel);
            }
            ));
        }

        if (room.Find("parallel") is not null)
        {
            var log = Path.Combine(room.Folder, "joblog");
            ways.Add(("parallel", () => ShellAsync(
                room, $"seq {count} | parallel --will-cite -j2 --joblog '{log}' /bin/true", cancel)));
        }

        if (room.Find("xargs") is not null)
        {
            ways.Add(("xargs", () => ShellAsync(room, $"seq {count} | xargs -P2 -n1 /bin/true", cancel)));
        }

        return ways;
    }

    private static Task<double> ShellAsync(BenchRoom room, string text, CancellationToken cancel) =>
        room.RunAsync("sh", ["-c", text], cancel);

    private static async Task<double> InParentAsync(BenchRoom room, int count, CancellationToken cancel)
    {
        await using var parent = room.Open(room.NewHome());
        return await EngineRun.SecondsAsync(parent, room.Job(Plan.True(count)), cancel);
    }
}
