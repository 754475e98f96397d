using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Amoeba.Processes;
using Amoeba.Secrets;
using Amoeba.StandIn;
using Amoeba.Tests.Architecture;
using Amoeba.Tests.Cli;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Acceptance;

/// <summary>
/// The samples that call a model, run against the stand-in that samples/stand-in starts, only faster.
/// </summary>
public sealed partial class ModelSamplesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_blog_post_comes_in_five_languages_in_the_plans_order()
    {
        // Few calls, one beside the other: each long beside a disk's moments, for the time that was saved to be seen.
        await using var server = await ServeAsync(Delay.Uniform(0.6, 1));
        var run = await RunAsync(server, "blog", "--set", "topic=bees");
        Assert.Equal(
            ["English", "Spanish", "French", "German", "Portuguese"],
            Title().Matches(run.Out).Select(title => title.Groups[1].Value));
        await CountsAsync(server, run, tasks: 5, calls: 5);
    }

    [Fact]
    public async Task A_hundred_products_stand_in_a_table_with_their_descriptions()
    {
        await using var server = await ServeAsync();
        var run = await RunAsync(server, "products");
        var lines = run.Out.TrimEnd('\n').Split('\n');
        Assert.Equal("name,colour,size,special,price,output", lines[0]);
        Assert.Equal(101, lines.Length);
        Assert.All(lines[1..],
            line => Assert.Contains($"{line.Split(',')[0]}: a thing for every day", line, StringComparison.Ordinal));
        Assert.Equal(
            Repository.Lines("samples/catalogue.csv")[1..].Select(line => line.Split(',')[0]),
            lines[1..].Select(line => line.Split(',')[0]));
        await CountsAsync(server, run, tasks: 100, calls: 100);
    }

    [Fact]
    public async Task A_thousand_posts_are_all_there_and_no_two_are_alike()
    {
        await using var server = await ServeAsync();
        var run = await RunAsync(server, "posts");
        var posts = run.Out.TrimEnd('\n').Split('\n');
        Assert.Equal(1000, posts.Distinct().Count());
        Assert.StartsWith("\"repairing bicycles: what it costs. Somebody on Mastodon",
            posts[0], StringComparison.Ordinal);
        Assert.StartsWith("\"good soup: why now. Somebody on Threads", posts[^1], StringComparison.Ordinal);
        Assert.InRange(server.Stats.Peak, 10, 50);
        await CountsAsync(server, run, tasks: 1000, calls: 1000);
    }

    [Fact]
    public async Task A_newsletter_comes_in_eight_languages_each_of_one_child()
    {
        await using var server = await ServeAsync(Delay.Uniform(0.3, 0.5));
        var run = await RunAsync(server, "newsletter");
        var parts = Part().Matches(run.Out)
            .Select(part => (Part: part.Groups[1].Value, Language: part.Groups[2].Value)).ToList();
        Assert.Equal(32, parts.Count);
        Assert.Equal(("Greeting", "English"), parts[0]);
        Assert.Equal(("Dates", "Portuguese"), parts[^1]);
        var results = await AmoebaAsync("results", "last", "--jsonl");
        var children = results.Out.TrimEnd('\n').Split('\n')
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("child").GetString()!).ToList();
        Assert.All(children.Chunk(4), language => Assert.Single(language.Distinct()));
        await CountsAsync(server, run, tasks: 32, calls: 32);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(50)]
    public async Task Feeds_are_fetched_read_and_summed_up(int feeds)
    {
        await using var server = await ServeAsync();
        var run = await RunAsync(server, $"feeds-{feeds}");
        Assert.StartsWith("Of all that came in", run.Out, StringComparison.Ordinal);
        var summing =
            server.Seen.Single(seen => seen.Body.Contains("Which of these matter most", StringComparison.Ordinal));
        // What the model is shown stands in the order of the feeds, whichever came first.
        var shown = Entry().Matches(summing.Body).Select(entry => entry.Groups[1].Value);
        var names = Repository.Lines(feeds == 10 ? "samples/feeds-first.csv" : "samples/feeds.csv")[1..];
        Assert.Equal(names.Select(line => line.Split(',')[0]), shown);
        Assert.Equal(feeds, server.Stats.Hosts.Values.Count(host => host.Peak >= 1));
        await CountsAsync(server, run, tasks: feeds * 4, calls: feeds * 3 + 1);
    }

    [Fact]
    public async Task The_stand_in_lasts_as_long_as_the_command_beside_it()
    {
        const string look = """
            url=${AMOEBA_MODELS#*\"url\": \"}; url=${url%%\"*}
            printf '%s\n' "$url"; exec 3<>"/dev/tcp/127.0.0.1/$(printf %s "$url" | sed 's|.*:\([0-9]*\)/.*|\1|')" && echo reached
            """;
        var run = await ProgramAsync("bash", ["samples/stand-in", "bash", "-c", look], ("STAND_IN_PORT", "0"));
        Assert.Matches(@"^http://127\.0\.0\.1:\d+/v1\nreached\n$", run.Out);
        var failing = await ProgramAsync("samples/stand-in", ["sh", "-c", "exit 7"], ("STAND_IN_PORT", "0"));
        Assert.Equal(7, failing.Code);
    }

    /// <summary>What is said at the end, and what is stored, is what the server counted.</summary>
    private async Task CountsAsync(ModelServer server, CliRun run, int tasks, int calls)
    {
        Assert.Matches($@"done: {tasks:N0} of {tasks:N0} tasks in .+, one by one about .+ saved \(\d", run.Error);
        var stats = server.Stats;
        Assert.Equal(calls, stats.Admitted);
        Assert.Equal([200], stats.Statuses.Keys);
        using var shown = JsonDocument.Parse((await AmoebaAsync("show", "last", "--json")).Out);
        var tokens = shown.RootElement.GetProperty("tokens");
        Assert.Equal(
            (stats.InputTokens, stats.OutputTokens),
            (tokens.GetProperty("input").GetInt64(), tokens.GetProperty("output").GetInt64()));
        Assert.Equal(0, shown.RootElement.GetProperty("cost_usd").GetDouble());
    }

    private static Task<ModelServer> ServeAsync(Delay? first = null) => ModelServer.StartAsync(
        new ModelServerOptions
        {
            Addresses = 50,
            Script = ScriptFile.Parse(Repository.Text("samples/stand-in.json")) with
            {
                Latency = new Latency { First = first ?? Delay.Uniform(0.05, 0.1) },
            },
        },
        Cancel);

    /// <summary>In a folder that has the samples, with the stand-in's port where they have the usual one.</summary>
    private async Task<CliRun> RunAsync(ModelServer server, string sample, params string[] options)
    {
        var samples = Directory.CreateDirectory(_folder["samples"]).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "samples"), "*.*"))
        {
            var text = await File.ReadAllTextAsync(file, Cancel);
            text = text.Replace(":8123/", $":{server.Port}/", StringComparison.Ordinal)
                .Replace("latency=0.4", "latency=0.1", StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(samples, Path.GetFileName(file)), text, Cancel);
        }

        await File.WriteAllTextAsync(_folder["amoeba.yaml"], $$"""
            models:
              local: { kind: openai, url: "{{server.Url}}/v1", model: stand-in, key: none }
            """, Cancel);
        var run = await AmoebaAsync(["run", $"samples/{sample}.yaml", .. options]);
        Assert.True(run.Code == 0, $"exit {run.Code}: {run.Error}");
        return run;
    }

    private Task<CliRun> AmoebaAsync(params string[] arguments) => CliRun.InAsync(_folder.Path, "", arguments);

    private static async Task<CliRun> ProgramAsync(
        string program, IReadOnlyList<string> arguments, (string Name, string Value) variable)
    {
        var variables =
            EnvironmentBuilder.OfThisProcess().Where(pair => !pair.Key.StartsWith("AMOEBA_", StringComparison.Ordinal))
            .Append(new(variable.Name, variable.Value)).Select(pair => $"{pair.Key}={pair.Value}").ToList();
        var path = Executables.Resolve(program, Repository.Root, Environment.GetEnvironmentVariable("PATH"));
        Assert.NotNull(path);
        using var launcher = new ProgramLauncher(TimeProvider.System);
        var (run, failure) = await launcher.CaptureAsync(
            new ProgramStart(path, arguments, variables, Repository.Root), 1 << 20, TimeSpan.FromMinutes(4), Cancel);
        Assert.Null(failure);
        return new CliRun(run!.Exit.Code ?? -1, Encoding.UTF8.GetString(run.Stdout),
            Encoding.UTF8.GetString(run.Stderr));
    }

    [GeneratedRegex(@"^# bees \((\w+)\)$", RegexOptions.Multiline)]
    private static partial Regex Title();

    [GeneratedRegex(@"^## (.+) \((\w+)\)$", RegexOptions.Multiline)]
    private static partial Regex Part();

    [GeneratedRegex(@"first of (\w+): about")]
    private static partial Regex Entry();
}
