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
}
