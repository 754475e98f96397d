using Amoeba.Processes;
using Amoeba.Tests.Fakes;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cli;

/// <summary>
/// The command in a process whose caller closed some of its standard streams: their numbers are then somebody else's.
/// </summary>
public sealed class ClosedStreamTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("<&-")]
    [InlineData("<&- >&-")]
    [InlineData("<&- 2>&-")]
    [InlineData("<&- >&- 2>&-")]
    public async Task A_plan_of_a_closed_standard_input_is_an_empty_one(string closed)
    {
        var (exit, _) = await RunAsync($"run - {closed}");
        Assert.Equal(2, exit);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<&-")]
    [InlineData(">&-")]
    [InlineData("2>&-")]
    [InlineData(">&- 2>&-")]
    [InlineData("<&- >&- 2>&-")]
    public async Task A_job_runs_and_nothing_is_written_into_another_file(string closed)
    {
        await File.WriteAllTextAsync(
            _folder["p.yaml"], "each: [a, b]\ndo: { sh: \"echo said-$AMOEBA_ITEM\" }\nmerge: lines\n",
            TestContext.Current.CancellationToken);
        var (exit, output) = await RunAsync($"run p.yaml {closed}");
        Assert.Equal(
            (0, closed.Contains(">&-", StringComparison.Ordinal) && !closed.StartsWith('2') ? "" : "said-a\nsaid-b\n"),
            (exit, output));
        var (shown, results) = await RunAsync("results last --jsonl");
        Assert.Equal(0, shown);
        Assert.Contains("\"output\":\"said-a\\n\"", results, StringComparison.Ordinal);
    }

    private async Task<(int? Exit, string Out)> RunAsync(string words)
    {
        var command = Path.Combine(AppContext.BaseDirectory, "amoeba-cli");
        using var programs = new Programs();
        var started = programs.Start(new ProgramStart(
            "/bin/sh", ["-c", $"exec '{command}' {words}"],
            [
                $"PATH={Environment.GetEnvironmentVariable("PATH")}",
                $"DOTNET_ROOT={Environment.GetEnvironmentVariable("DOTNET_ROOT")}",
                $"HOME={_folder.Path}", $"AMOEBA_HOME={_folder["home"]}", "AMOEBA_ZONES=off", "USER=ada",
            ],
            _folder.Path));
        var exit = await started.Exit();
        return (exit.Code, started.Stdout);
    }
}
