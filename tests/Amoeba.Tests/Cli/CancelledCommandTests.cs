using System.Text.Json;
using Amoeba.Processes;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cli;

/// <summary>A job that one command runs and another ends: what it runs has its grace.</summary>
[Collection("cells")]
public sealed class CancelledCommandTests : IDisposable
{
    /// <summary>Needs its grace to tidy up, far more of it than a parent needs to close.</summary>
    private const string Tidy = """
        trap 'sleep 0.7; touch tidied; exit 0' TERM
        touch up
        while :; do sleep 0.05; done
        """;

    private readonly Programs _programs = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _programs.Dispose();

    [Theory(Timeout = 120_000)]
    [InlineData("thread")]
    [InlineData("process")]
    [InlineData("detached")]
    public async Task Its_tasks_have_their_grace(string cell)
    {
        var command = await RunAsync(new { name = "n", cell, each = new[] { "a" }, @do = new { sh = Tidy } });
        await CancelAsync();
        Assert.Equal(1, (await command.ExitAsync()).Code);
        Assert.True(Is("tidied"), command.Error);
    }

    [Fact(Timeout = 120_000)]
    public async Task So_have_those_beside_one_whose_failure_ends_the_job()
    {
        var command = await RunAsync(new
        {
            name = "n",
            on_failure = "stop",
            children = 2,
            tasks = new[]
            {
                new { id = "a", @do = new { sh = Tidy }, limits = new { retries = 0 } },
                new
                {
                    id = "b",
                    @do = new { sh = "until [ -e up ]; do sleep 0.05; done; exit 1" },
                    limits = new { retries = 0 },
                },
            },
        });
        Assert.Equal(1, (await command.ExitAsync()).Code);
        Assert.True(Is("tidied"), command.Error);
    }

    [Fact(Timeout = 120_000)]
    public async Task Ctrl_C_at_the_command_that_ran_it_cuts_the_grace()
    {
        var command = await RunAsync(new
        {
            name = "n",
            each = new[] { "a" },
            @do = new { sh = "trap 'touch told' TERM; touch up; while :; do sleep 0.05; done" },
        });
        var cancel = await KeptCommand.StartAsync(_programs, ["cancel", "last"]);
        await Eventually.True(() => Is("told"));
        command.Send(Libc.SigInt); // while the grace lasts, which does not wait for the other command to end
        Assert.Equal(1, (await command.ExitAsync()).Code);
        Assert.Contains("without any grace", command.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await cancel.ExitAsync()).Code);
    }

    private bool Is(string file) => File.Exists(Path.Combine(_programs.Folder, file));

    private async Task<KeptCommand> RunAsync(object plan)
    {
        var path = Path.Combine(_programs.Folder, "plan.json");
        await File.WriteAllTextAsync(path, JsonSerializer.Serialize(plan), Cancel);
        var command = await KeptCommand.StartAsync(_programs, ["run", path, "--yes"]);
        await Eventually.True(() => command.HasEnded || Is("up"));
        Assert.True(Is("up"), command.Error);
        return command;
    }

    private async Task CancelAsync()
    {
        var cancel = await KeptCommand.StartAsync(_programs, ["cancel", "last"]);
        Assert.True((await cancel.ExitAsync()).Code == 0, cancel.Error);
    }
}
