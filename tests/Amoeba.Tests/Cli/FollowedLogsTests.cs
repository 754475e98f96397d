using System.Text;
using System.Text.RegularExpressions;
using Amoeba.Cli;
using Amoeba.Tests.Cells.Docker;
using Amoeba.Tests.Fakes;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cli;

/// <summary>
/// What a running child writes can be read while it runs, wherever it lives; in real time, as it is the point.
/// </summary>
[Collection("cells")]
public sealed class FollowedLogsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("amoeba-logs-").FullName;
    private readonly Dictionary<string, string> _variables;
    private readonly DockerDaemon _daemon;

    public FollowedLogsTests(DockerDaemon daemon)
    {
        _daemon = daemon;
        _variables = new Dictionary<string, string>
        {
            ["AMOEBA_HOME"] = Path.Combine(_folder, "home"),
            ["AMOEBA_ZONES"] = "off",
            ["PATH"] = Environment.GetEnvironmentVariable("PATH")!,
        };
    }

    public void Dispose() => TempFolder.Remove(_folder);

    [Theory(Timeout = 60_000)]
    [InlineData("thread")]
    [InlineData("process")]
    [InlineData("detached")]
    public Task A_running_child_is_followed_as_it_writes_to_its_end(string cell) => FollowOneAsync(cell);

    [Fact(Timeout = 240_000)] // with the daemon's start and the build of its image
    public async Task A_running_child_in_a_container_is_followed_too()
    {
        await _daemon.StartAsync();
        foreach (var (name, value) in _daemon.Variables) _variables[name] = value;
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_folder, (UnixFileMode)0b111_101_101);
        await FollowOneAsync("docker");
    }

    [Fact(Timeout = 60_000)]
    public async Task All_of_a_job_are_followed_as_they_write_and_each_line_is_told_once()
    {
        const string Plan = """
            {
              "name": "n", "children": 2, "each": ["x", "y"],
              "do": {
                "sh": "echo one $AMOEBA_ITEM; until [ -e go$AMOEBA_ITEM ]; do sleep 0.05; done; echo two $AMOEBA_ITEM"
              }
            }
            """;
        var run = CliRun.InAsync(_folder, Plan, "run", "-", "--strategy", "parallel", "--yes", "--quiet");
        using var output = new MemoryStream();
        // Whichever has written is told first.
        while ((await CliRun.InAsync(_folder, "", "logs", "last", "0")).Out != "one x\n" && !run.IsCompleted) ;
        while ((await CliRun.InAsync(_folder, "", "logs", "last", "1")).Out != "one y\n" && !run.IsCompleted) ;
        var follow = CallAsync(output, "logs", "last", "-f");
        await Eventually.True(() => Text(output).Contains("one x", StringComparison.Ordinal)
            && Text(output).Contains("one y", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(_folder, "gox"), "");
        await Eventually.True(() => Text(output).Contains("-- each[0]: succeeded", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(_folder, "goy"), "");
        Assert.Equal(0, await follow);
        Assert.Equal(0, (await run).Code);

        // Its last line may be seen a moment before or after its end is: how it ended is told below.
        var text = Regex.Replace(Text(output), ", [^\n]*", "");
        var lines = Regex.Replace(text, "(?m)^(== .*): (running|succeeded)$", "$1").TrimEnd('\n').Split('\n');
        Assert.Equal(
            [
                "== each[0] x", "one x", "== each[1] y", "one y",
                "== each[0] x", "two x", "-- each[0]: succeeded",
                "== each[1] y", "two y", "-- each[1]: succeeded",
            ], lines);
    }

    /// <summary>Each line is seen while the next cannot have been written.</summary>
    private async Task FollowOneAsync(string cell)
    {
        const string Text = "for i in one two three; do echo $i; until [ -e $i ]; do sleep 0.05; done; done";
        var plan = Path.Combine(_folder, "plan.json");
        File.WriteAllText(plan, $$"""{ "name": "n", "cell": "{{cell}}", "each": ["x"], "do": { "sh": "{{Text}}" } }""");
        using var ran = new MemoryStream();
        var run = CallAsync(ran, "run", plan, "--yes", "--quiet");
        // It is followed once it is there.
        var begun = "";
        while (begun.Length == 0 && !run.IsCompleted)
        {
            using var looked = new MemoryStream();
            await CallAsync(looked, "logs", "last", "0");
            begun = FollowedLogsTests.Text(looked);
        }

        Assert.Equal("one\n", begun);

        using var output = new MemoryStream();
        var follow = CallAsync(output, "logs", "last", "0", "-f");
        var seen = "";
        foreach (var line in (string[])["one", "two", "three"])
        {
            seen += $"{line}\n";
            await Eventually.True(() => FollowedLogsTests.Text(output) == seen);
            Assert.False(follow.IsCompleted);
            File.WriteAllText(Path.Combine(_folder, line), "");
        }

        Assert.Equal((0, seen), (await follow, FollowedLogsTests.Text(output)));
        Assert.Equal(0, await run);
    }

    private static string Text(MemoryStream output)
    {
        lock (output) return Encoding.UTF8.GetString(output.ToArray());
    }

    private async Task<int> CallAsync(MemoryStream output, params string[] arguments)
    {
        using var console = new CliConsole(Stream.Synchronized(output), Stream.Null)
        {
            OpenInput = () => Stream.Null,
            Folder = _folder,
            Variable = name => _variables.GetValueOrDefault(name),
            Variables = () => _variables,
        };
        return await Entry.RunAsync(arguments, console);
    }
}
