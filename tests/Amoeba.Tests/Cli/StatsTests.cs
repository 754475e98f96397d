using System.Text;
using System.Text.Json;
using Amoeba.Cli;
using Amoeba.Cli.Terminal;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cli;

/// <summary>`stats`, and what the command line says of reuse, over jobs that really ran.</summary>
public sealed class StatsTests : IDisposable
{
    private const string Plan = """
        { "name": "count", "children": 4, "merge": "lines", "limits": { "retries": 1 }, "each": ["a", "b", "c"],
          "do": { "sh": "sleep 0.05; test $AMOEBA_ITEM != c" } }
        """;

    private readonly TempFolder _folder = new();

    public StatsTests() => File.WriteAllText(_folder["plan.json"], Plan);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Json_says_what_jobs_came_to_by_type_and_in_all()
    {
        await RunAsync("run", "plan.json", "-q");
        await RunAsync("run", "plan.json", "-q", "--changed");
        Directory.CreateDirectory(_folder["home"]);
        File.WriteAllText(_folder["home/config.yaml"], "hourly_rate: 3600");
        using var stats = JsonDocument.Parse((await RunAsync("stats", "--json")).Out);
        var total = stats.RootElement.GetProperty("total");
        var row = Assert.Single(stats.RootElement.GetProperty("data").EnumerateArray());
        Assert.Equal("sh/count", row.GetProperty("name").GetString());
        Assert.Equal((2, 2), (row.GetProperty("jobs").GetInt32(), row.GetProperty("jobs_failed").GetInt32()));
        Assert.Equal((6, 4), (row.GetProperty("tasks").GetInt32(), row.GetProperty("succeeded").GetInt32()));
        Assert.Equal((2, 2), (row.GetProperty("failed").GetInt32(), row.GetProperty("reused").GetInt32()));
        Assert.Equal(2, row.GetProperty("retries").GetInt32());
        var saved = total.GetProperty("saved_seconds").GetDouble();
        Assert.Equal(total.GetProperty("sequential_seconds").GetDouble() - total.GetProperty("seconds").GetDouble(),
            saved, 1e-5);
        Assert.Equal(saved, total.GetProperty("value_usd").GetDouble(), 1e-4);
        Assert.Equal(3600, stats.RootElement.GetProperty("hourly_rate").GetDouble());
        Assert.Equal(30, stats.RootElement.GetProperty("kept").GetProperty("days").GetDouble());
    }

    [Theory]
    [InlineData(80)]
    [InlineData(40)]
    public async Task It_fits_the_terminal(int width)
    {
        await RunAsync("run", "plan.json", "-q");
        File.WriteAllText(_folder["home/config.yaml"], "hourly_rate: 60");
        var run = await RunAsync(width, "stats", "--by", "day");
        Assert.All(run.Out.Split('\n'), line => Assert.True(TextWidth.Of(line) <= width, line));
        Assert.Contains("1 job with 3 tasks", run.Out, StringComparison.Ordinal);
        Assert.Contains("against one by one", run.Out, StringComparison.Ordinal);
        Assert.Contains("at $60.00 an hour",
            run.Out.Replace("\n  ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("Jobs are kept 30 days", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_to_count_is_no_error()
    {
        var run = await RunAsync("stats", "--since", "1h");
        Assert.Equal((0, ""), (run.Code, run.Out));
        Assert.StartsWith("no job ended in this time.", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--by", "colour", "--by colour: expected type, day, week, month.")]
    [InlineData("--since", "monday", "--since monday: expected a time such as 30d, 12h or 90m.")]
    [InlineData("--since", "99999999d", "--since 99999999d: expected a time such as 30d, 12h or 90m.")]
    public async Task What_is_wrong_is_said(string option, string value, string error)
    {
        var run = await RunAsync("stats", option, value);
        Assert.Equal(2, run.Code);
        Assert.Contains(error, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reuse_shows_in_the_plan_the_last_line_and_the_results()
    {
        await RunAsync("run", "plan.json", "-q");
        var plan = await RunAsync("plan", "plan.json", "--changed");
        Assert.Contains("- 2 of 3 tasks are reused from earlier jobs", plan.Out, StringComparison.Ordinal);
        var run = await RunAsync("run", "plan.json", "--changed");
        Assert.Contains("reused 2;", run.Error, StringComparison.Ordinal);
        var lines = (await RunAsync("results", "last", "--jsonl")).Out.TrimEnd().Split('\n');
        Assert.Equal(2, lines.Count(line => line.Contains("\"reused\":\"", StringComparison.Ordinal)));
        using var shown = JsonDocument.Parse((await RunAsync("show", "last", "--json")).Out);
        Assert.Equal(2, shown.RootElement.GetProperty("reused").GetInt32());
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 2)]
    public async Task An_approval_holds_while_as_much_is_reused_as_was_shown(bool changes, int code)
    {
        const string Reads = """
            { "name": "reads", "children": 2, "merge": "lines", "each": { "glob": "*.in" }, "do": { "run": ["cat", "{item}"] } }
            """;
        File.WriteAllText(_folder["plan.json"], Reads);
        foreach (var name in (string[])["1", "2"]) Write(name, name);
        await RunAsync("run", "plan.json", "-q");
        foreach (var name in (string[])["3", "4"]) Write(name, name);
        var asked = await RunAsync("run", "plan.json", "--changed", "--autonomy", "manual");
        Assert.Equal(3, asked.Code);
        if (changes) Write("1", "changed");
        var answered = await RunAsync("approve", "last", "--resume");
        Assert.Equal(code, answered.Code);
        Assert.Equal(changes ? "" : "1\n2\n3\n4\n", answered.Out);

        void Write(string name, string text)
        {
            File.WriteAllText(_folder[name + ".in"], text + "\n");
            File.SetLastWriteTimeUtc(_folder[name + ".in"], DateTime.UnixEpoch.AddDays(20_000));
        }
    }

    private Task<CliRun> RunAsync(params string[] arguments) => CliRun.InAsync(_folder.Path, "", arguments);

    private async Task<CliRun> RunAsync(int width, params string[] arguments)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        int code;
        using (var console = new CliConsole(output, error)
        {
            OpenInput = () => Stream.Null,
            Folder = _folder.Path,
            OutputIsTerminal = true,
            Size = () => (width, 24),
            Variable = name => name == "AMOEBA_HOME" ? _folder["home"] : name == "NO_COLOR" ? "1" : null,
        })
        {
            code = await Entry.RunAsync(arguments, console);
        }

        return new CliRun(code, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }
}
