using Amoeba.Cli;
using Amoeba.Tests.Cells.Docker;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cli;

/// <summary>Where there is no live display, what holds a job back is a line of its own.</summary>
[Collection("cells")]
public sealed class HeldBackCommandTests : IDisposable
{
    private const string Told = ": a child could not be started (";

    private readonly FakeDocker _docker = new();
    private readonly Programs _programs = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _programs.Dispose();
        _docker.Dispose();
    }

    [Fact(Timeout = 120_000)]
    public async Task A_child_that_cannot_be_started_is_told_once_with_why_while_another_is_tried()
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_programs.Folder, (UnixFileMode)0b111_101_101);
        // Two seconds between the tries: there is time to have the daemon back before too many failed.
        await File.WriteAllTextAsync(Path.Combine(_programs.Folder, "amoeba.yaml"),
            $"docker: {{ command: {_docker.Options.Command} }}\ncaps: {{ docker_per_minute: 30 }}\n", Cancel);
        await File.WriteAllTextAsync(Path.Combine(_programs.Folder, "plan.json"),
            """{ "name": "n", "cell": "docker", "each": ["x"], "do": { "run": ["echo", "{item}"] } }""", Cancel);
        _docker.IsGone = true;
        var run = await KeptCommand.StartAsync(_programs, ["run", "plan.json", "--yes"]);
        await Eventually.True(() => run.HasEnded || run.Error.Contains(Told, StringComparison.Ordinal));
        _docker.IsGone = false;
        var (code, _) = await run.ExitAsync();
        Assert.True(code == ExitCodes.Done, run.Error);
        Assert.Contains(" in a row), another is tried: there is no docker daemon; start it",
            run.Error.Replace("\n    ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(2, run.Error.Split(Told).Length);
    }
}
