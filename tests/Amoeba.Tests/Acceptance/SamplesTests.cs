using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Amoeba.Cli;
using Amoeba.Processes;
using Amoeba.Secrets;
using Amoeba.StandIn;
using Amoeba.Tests.Architecture;
using Amoeba.Tests.Cli;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Acceptance;

/// <summary>Every sample does what it says, run as the documents say: from the root of the repository.</summary>
public sealed partial class SamplesTests : IDisposable
{
    private readonly TempFolder _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task The_first_sample_measures_24_rates_and_says_what_was_gained_and_how_to_kill_it()
    {
        var run = await RunAsync("first", "--set", "seconds=0.7");
        Assert.Equal(24, Lines(run).Length);
        Assert.All(Lines(run), line => Assert.Matches(Rate(), line));
        Assert.Contains("amoeba resume", run.Error, StringComparison.Ordinal);
        Assert.Matches(Gained(), run.Error);
        Assert.Contains("kill it half-way (Ctrl-C, or even kill -9), and go on with: amoeba resume last\n",
            run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_dag_sample_reports_what_it_counted()
    {
        var run = await RunAsync("dag");
        Assert.Matches(Report(), run.Out);
    }

    [Fact]
    public async Task The_matrix_sample_has_a_line_for_each_combination()
    {
        var run = await RunAsync("matrix");
        Assert.Equal(9, Lines(run).Length);
        var license = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Repository.Text("LICENSE"))));
        Assert.Equal($"{license}  LICENSE", Lines(run)[^1]);
    }

    [Fact]
    public async Task The_csv_sample_gives_a_table_with_one_more_column()
    {
        var run = await RunAsync("csv", "--set", "vat=100");
        Assert.Equal("name,price,unit,output", Lines(run)[0]);
        Assert.Equal("\"honey \"\"from the woods\"\"\",6.80,250 g,13.60", Lines(run)[4]);
    }

    [Fact]
    public async Task The_verify_sample_leaves_packed_files_that_unpack_to_the_originals()
    {
        var run = await RunAsync("verify");
        Assert.Contains(Lines(run), line => line.StartsWith("docs/state-machines.md: ", StringComparison.Ordinal));
        Assert.True(File.Exists(Path.Combine(Repository.Root, "artifacts/packed/docs-state-machines.md.gz")));
    }

    [Fact]
    public async Task The_retry_sample_takes_two_tries_for_each_door()
    {
        var run = await RunAsync("retry");
        Assert.Equal("the west door is open", Lines(run)[3]);
        var results = await CliRun.InAsync(Repository.Root, "", "results", "last", "--jsonl", "--home", _home.Path);
        Assert.Equal(4, Lines(results).Count(line => line.Contains("\"attempts\":2", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_merge_sample_counts_words_over_all_results()
    {
        var run = await RunAsync("merge-run");
        Assert.Equal(12, Lines(run).Length);
        Assert.Contains(Lines(run), line => line.EndsWith(" amoeba", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_flow_sample_counts_what_another_task_lists()
    {
        var run = await RunAsync("flow");
        Assert.Contains(Lines(run), line => line.EndsWith(" samples/flow.yaml", StringComparison.Ordinal));
        Assert.Contains(Lines(run),
            line => line.EndsWith(" src/Amoeba/Engine/EngineCore.Flows.cs", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_library_sample_builds_and_runs()
    {
        await using var server = await ModelServer.StartAsync(
            new ModelServerOptions { Script = ScriptFile.Parse(Repository.Text("samples/stand-in.json")) },
            TestContext.Current.CancellationToken);
        var variables =
            EnvironmentBuilder.OfThisProcess().Where(pair => !pair.Key.StartsWith("AMOEBA_", StringComparison.Ordinal))
            .Select(pair => $"{pair.Key}={pair.Value}").Append($"MODEL_URL={server.Url}/v1").ToList();
        var dotnet = Executables.Resolve("dotnet", Repository.Root, Environment.GetEnvironmentVariable("PATH"));
        Assert.NotNull(dotnet);
        using var launcher = new ProgramLauncher(TimeProvider.System);
        var start = new ProgramStart(dotnet, ["run", "samples/library.cs"], variables, Repository.Root);
        var (run, failure) = await launcher.CaptureAsync(
            start, 1 << 20, TimeSpan.FromMinutes(15), TestContext.Current.CancellationToken);
        Assert.Null(failure);
        var text = Encoding.UTF8.GetString(run!.Stdout);
        Assert.True(run.Exit.Succeeded, text + Encoding.UTF8.GetString(run.Stderr));
        Assert.Contains("  README.md\n", text, StringComparison.Ordinal);
        Assert.Contains("Succeeded: 1 4 9 16 25", text, StringComparison.Ordinal);
        Assert.Contains("Succeeded in processes: 1 4 9 16 25", text, StringComparison.Ordinal);
        Assert.Contains("\noak: a thing for every day", text, StringComparison.Ordinal);
        Assert.Contains(
            $"Succeeded: {server.Stats.InputTokens} tokens read and {server.Stats.OutputTokens} written, $0.0",
            text, StringComparison.Ordinal);
    }

    private async Task<CliRun> RunAsync(string sample, params string[] options)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        using var console = new CliConsole(output, error)
        {
            OpenInput = () => Stream.Null,
            Folder = Repository.Root,
            Variable = name => name == "AMOEBA_ZONES" ? "off" : Environment.GetEnvironmentVariable(name),
            Variables = EnvironmentBuilder.OfThisProcess,
        };
        var code = await Entry.RunAsync(["run", $"samples/{sample}.yaml", "--home", _home.Path, .. options], console);
        var run = new CliRun(code, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
        Assert.True(code == 0, $"exit {code}: {run.Error}");
        return run;
    }

    private static string[] Lines(CliRun run) => run.Out.TrimEnd('\n').Split('\n');

    [GeneratedRegex(@"^\S.{34,} +-?[\d.-]+  \S")]
    private static partial Regex Rate();

    [GeneratedRegex(@"done: 24 of 24 tasks in .+, one by one about .+ saved \(\d")]
    private static partial Regex Gained();

    [GeneratedRegex(@"^\d{4,} lines of code, \d{4,} lines of tests \(\d\.\d\d for each\), "
        + @"\d{4,} words of documents\n$")]
    private static partial Regex Report();
}
