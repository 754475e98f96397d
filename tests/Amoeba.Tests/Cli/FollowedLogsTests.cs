using System.Text;
using System.Text.RegularExpressions;
using Amoeba.Cli;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cli;

/// <summary>
/// What a running child writes can be read while it runs, wherever it lives; in real time, as it is the point.
/// </summary>
[Collection("cells")]
public sealed class FollowedLogsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("amoeba-logs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory(Timeout = 60_000)]
    [InlineData("thread")]
    [InlineData("process")]
    [InlineData("detached")]
    public async Task A_running_child_of_any_cell_is_followed_to_its_end(string cell)
    {
        var plan = """
            { "name": "n", "each": ["x"], "do": { "sh": "echo one; until [ -e go ]; do sleep 0.05; done; echo two" } }
            """;
        var run = CliRun.InAsync(_folder, plan, "run", "-", "--cell", cell, "--yes", "--quiet");
        string begun;
        do begun = (await CliRun.InAsync(_folder, "", "logs", "last", "0")).Out;
        while (begun != "one\n" && !run.IsCompleted);
        Assert.Equal("one\n", begun);
        var follow = CliRun.InAsync(_folder, "", "logs", "last", "0", "--follow");
        File.WriteAllText(Path.Combine(_folder, "go"), "");
        Assert.Equal((0, "one\ntwo\n"), ((await follow).Code, (await follow).Out));
        Assert.Equal(0, (await run).Code);
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
        while ((await CliRun.InAsync(_folder, "", "logs", "last", "1")).Out != "one y\n" && !run.IsCompleted) ;
        var follow = FollowAsync(output);
        await Eventually.True(() => Text(output).Contains("one x", StringComparison.Ordinal)
            && Text(output).Contains("one y", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(_folder, "gox"), "");
        await Eventually.True(() => Text(output).Contains("-- each[0]: succeeded", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(_folder, "goy"), "");
        Assert.Equal(0, await follow);
        Assert.Equal(0, (await run).Code);

        var lines = Regex.Replace(Text(output), ", [^\n]*", "").TrimEnd('\n').Split('\n');
        Assert.Equal(
            [
                "== each[0] x: running", "one x", "== each[1] y: running", "one y",
                "== each[0] x: succeeded", "two x", "-- each[0]: succeeded",
                "== each[1] y: succeeded", "two y", "-- each[1]: succeeded",
            ], lines);
    }

    private static string Text(MemoryStream output)
    {
        lock (output) return Encoding.UTF8.GetString(output.ToArray());
    }

    private async Task<int> FollowAsync(MemoryStream output)
    {
        using var console = new CliConsole(Stream.Synchronized(output), Stream.Null)
        {
            OpenInput = () => Stream.Null,
            Folder = _folder,
            Variable = name => name == "AMOEBA_HOME" ? Path.Combine(_folder, "home") : null,
        };
        return await Entry.RunAsync(["logs", "last", "-f"], console);
    }
}
