using System.Text;
using Amoeba.Cells.Docker;
using Amoeba.Processes;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cells.Docker;

/// <summary>The words by which a guardian has docker remove what a parent left.</summary>
public sealed class RemovalInShellTests : IDisposable
{
    private const string Secret = "it's correct; horse";

    private readonly TempFolder _folder = new();
    private readonly ProgramLauncher _launcher = new(TimeProvider.System);

    public void Dispose()
    {
        _launcher.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task They_give_the_client_its_variables_and_show_none_in_an_argument()
    {
        // It tells what it sees of itself, and the names of two containers.
        var text = $"""
            #!/bin/sh
            echo "$* / $DOCKER_PASSWORD / $HOME" >>'{_folder["calls"]}'
            [ "$1" = rm ] || echo one two

            """;
        await File.WriteAllTextAsync(_folder["client"], text, TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_folder["client"], (UnixFileMode)0b111_101_101);
        var client = new DockerClient(_launcher, new DockerOptions { Command = _folder["client"] },
            new Dictionary<string, string>
            {
                ["PATH"] = "/usr/bin:/bin",
                ["HOME"] = "/nowhere",
                ["DOCKER_PASSWORD"] = Secret,
                ["DOCKER_no.name"] = "of a shell",
                ["UNLISTED"] = "stays",
            });
        // What another thread starts meanwhile may have it open for writing, as it was written just now. That is waited
        // out for what we start, and not by a shell that starts it.
        var (first, _) = await _launcher.CaptureAsync(client.Call(["version"], []), 1 << 16, TimeSpan.FromSeconds(60),
            TestContext.Current.CancellationToken);
        Assert.True(first!.Exit.Succeeded);
        File.Delete(_folder["calls"]);
        var line = Containers.RemovalInShell(client, "p1");
        Assert.DoesNotContain('\n', line);
        Assert.DoesNotContain("UNLISTED", line, StringComparison.Ordinal);

        // What the shell itself does is in nobody's list of processes; each program that it starts is here.
        var start = new ProgramStart("/bin/sh", ["-c", "set -x; eval \"$LINE\""], [$"LINE={line}"], "/");
        var (run, _) = await _launcher.CaptureAsync(
            start, 1 << 16, TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.True(run!.Exit.Succeeded);
        Assert.Equal(
            [
                $"ps --all --quiet --filter label=amoeba.parent=p1 / {Secret} / /nowhere",
                $"rm --force one two / {Secret} / /nowhere",
            ],
            await File.ReadAllLinesAsync(_folder["calls"], TestContext.Current.CancellationToken));
        var told = Encoding.UTF8.GetString(run.Stderr).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(told.Where(words => words.Contains("horse", StringComparison.Ordinal)),
            words => Assert.Matches(@"^\++ (eval|export) ", words));
    }
}
