using System.Text.Json;
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

        // Its second child has the next turn: this one's first child waits longest, long enough to look at it.
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
        Assert.Contains("no children", await ErrorAsync("children"), StringComparison.Ordinal);
    }

    private async Task<string> OutAsync(params string[] arguments)
    {
        var (code, said) = await (await KeptCommand.StartAsync(_programs, arguments)).ExitAsync();
        Assert.Equal(0, code);
        return string.Join(' ', said.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)); // however it wraps
    }

    private async Task<string> ErrorAsync(params string[] arguments)
    {
        var command = await KeptCommand.StartAsync(_programs, arguments);
        await command.ExitAsync();
        return command.Error;
    }
}
