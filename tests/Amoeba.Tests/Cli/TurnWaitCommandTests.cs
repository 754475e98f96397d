using System.Text.Json;
using Amoeba.Hosting;
using Amoeba.Jobs;
using Amoeba.Stores.Sqlite;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cli;

/// <summary>A job that waits for its turn to start a child is told by all who show it.</summary>
[Collection("cells")]
public sealed class TurnWaitCommandTests : IDisposable
{
    private const string Waits = "waits for its turn to start a child until";

    private readonly Programs _programs = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _programs.Dispose();

    [Fact(Timeout = 120_000)]
    public async Task Run_show_and_children_say_that_it_waits_and_until_when()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_programs.Folder, "amoeba.yaml"), "caps: { heavy_per_second: 0.1 }\n", Cancel);
        var plan = Path.Combine(_programs.Folder, "plan.json");
        await File.WriteAllTextAsync(plan, JsonSerializer.Serialize(new
        {
            name = "n",
            cell = "process",
            children = 2,
            each = new[] { "a", "b" },
            @do = new { sh = "until [ -e go ]; do sleep 0.05; done" },
        }), Cancel);
        var first = await KeptCommand.StartAsync(_programs, ["run", plan, "--yes"]);
        await Eventually.True(() => first.HasEnded || first.Error.Contains(Waits, StringComparison.Ordinal));

        // Its second child has the next turn, and somebody else has those of the next ten seconds: this one's first
        // child waits longest, for as long as a line may be, long enough to look at it.
        TakeNearTurns();
        var run = await KeptCommand.StartAsync(_programs, ["run", plan, "--yes"]);
        await Eventually.True(() => run.HasEnded || run.Error.Contains(Waits, StringComparison.Ordinal));
        Assert.Contains("(caps.heavy_per_second is 0.1)", run.Error, StringComparison.Ordinal);

        Assert.Contains($"1 {Waits}", await OutAsync("show", "last"), StringComparison.Ordinal);
        Assert.Contains(Waits, await OutAsync("children", "last"), StringComparison.Ordinal);
        Assert.DoesNotContain("spawning", await OutAsync("cells"), StringComparison.Ordinal); // it is not there yet

        await OutAsync("cancel", "last");
        Assert.Equal(1, (await run.ExitAsync()).Code);
        await File.WriteAllTextAsync(Path.Combine(_programs.Folder, "go"), "", Cancel);
        Assert.Equal(0, (await first.ExitAsync()).Code);
        Assert.Contains(
            "no children", (await CliRun.InAsync(_programs.Folder, "", "children")).Error, StringComparison.Ordinal);
    }

    private void TakeNearTurns()
    {
        using var store = SqliteStore.Open(new HomeFolder(Path.Combine(_programs.Folder, "home")).Store);
        TimeSpan ahead;
        do
        {
            var now = TimeProvider.System.GetUtcNow();
            ahead = Assert.Single(store.TakeTurns(PacedKind.Heavy, 1, SpawnPace.PerSecond(0.1), now)) - now;
        }
        while (ahead <= TimeSpan.FromSeconds(10));
    }

    /// <summary>In this process: each that is started takes of the time in which there is something to see.</summary>
    private async Task<string> OutAsync(params string[] arguments)
    {
        var run = await CliRun.InAsync(_programs.Folder, "", arguments);
        Assert.Equal(0, run.Code);
        // However it wraps.
        return string.Join(' ', run.Out.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}
