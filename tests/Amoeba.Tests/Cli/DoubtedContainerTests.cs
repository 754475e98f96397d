using System.Text.Json;
using Amoeba.Cells.Docker;
using Amoeba.Cli;
using Amoeba.Hosting.Remains;
using Amoeba.Processes;
using Amoeba.Tests.Cells.Docker;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cli;

/// <summary>What is said of a container that its parent let go of without hearing that it is gone.</summary>
public sealed class DoubtedContainerTests : IDisposable
{
    private readonly FakeDocker _docker = new();
    private readonly TempFolder _folder = new();
    private readonly ProgramLauncher _launcher = new(TimeProvider.System);
    private readonly DoubtNotes _notes;

    public DoubtedContainerTests()
    {
        File.WriteAllText(_folder["amoeba.yaml"], $"docker: {{ command: {_docker.Options.Command} }}");
        HomeId.Of(_folder["home"]);
        _notes = new DoubtNotes(_folder["home"]);
        Assert.Null(_notes.Add(new DoubtedContainer("amoeba-one", "job", "child", "parent", Address)));
    }

    private string Address => _docker.Client(_launcher).Address;

    public void Dispose()
    {
        _launcher.Dispose();
        _folder.Dispose();
        _docker.Dispose();
    }

    [Fact]
    public async Task Without_a_daemon_it_is_listed_as_unknown_and_cleaning_says_what_to_do()
    {
        _docker.IsDeaf = true;
        var cell = Assert.Single(
            JsonDocument.Parse((await RunAsync(ExitCodes.Done, "cells", "--json")).Out)
                .RootElement.GetProperty("data").EnumerateArray().ToList());
        Assert.Equal(("child", "docker", "job", "unknown"), (cell.GetProperty("id").GetString(),
            cell.GetProperty("kind").GetString(), cell.GetProperty("job").GetString(),
            cell.GetProperty("state").GetString()));

        var clean = await RunAsync(ExitCodes.Lacking, "cells", "clean", "--yes");
        Assert.StartsWith("docker cell child of job job, unknown: docker did not say that it is gone when its parent "
            + "let go of it.\n", clean.Error, StringComparison.Ordinal);
        Assert.Contains("amoeba: container amoeba-one of job job may still run: there is no docker daemon; start it",
            clean.Error, StringComparison.Ordinal);
        Assert.Contains($"; then clean again (where you know that it is gone, remove {_notes.FileOf("amoeba-one")})\n",
            clean.Error, StringComparison.Ordinal);
        Assert.Single(_notes.List());
    }

    [Fact]
    public async Task Cleaning_removes_it_and_its_note()
    {
        _docker.Leave("amoeba-one", "parent");
        var clean = await RunAsync(ExitCodes.Done, "cells", "clean", "--yes");
        Assert.Equal("docker cell child of job job, running: docker did not say that it is gone when its parent "
            + "let go of it.\ncleaned up: 1 cell removed.\n", clean.Error);
        Assert.Empty(_docker.Left);
        Assert.Empty(_notes.List());
    }

    [Fact]
    public async Task Its_note_goes_where_docker_knows_it_no_more()
    {
        Assert.Equal("no cells.\n", (await RunAsync(ExitCodes.Done, "cells")).Error);
        Assert.Empty(_notes.List());
    }

    [Fact]
    public async Task Another_daemon_that_does_not_know_it_says_nothing_of_it()
    {
        _notes.Remove("amoeba-one");
        _notes.Add(new DoubtedContainer("amoeba-two", "job", "child", "parent", "docker DOCKER_CONTEXT=other"));
        var clean = await RunAsync(ExitCodes.Lacking, "cells", "clean", "--yes");
        Assert.Contains("container amoeba-two of job job may still run: it was made by "
            + $"`docker DOCKER_CONTEXT=other`, and this asks `{Address}`; call as it was then; then clean again",
            clean.Error.Replace("\n    ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Single(_notes.List());
    }

    private async Task<CliRun> RunAsync(int code, params string[] arguments)
    {
        var run = await CliRun.InAsync(_folder.Path, "", arguments);
        Assert.True(run.Code == code, run.Error);
        return run;
    }
}
