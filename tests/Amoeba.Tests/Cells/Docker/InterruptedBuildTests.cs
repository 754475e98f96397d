using Amoeba.Cli;
using Amoeba.Processes;
using Amoeba.Tests.Conformance;

namespace Amoeba.Tests.Cells.Docker;

public sealed class InterruptedBuildTests : IDisposable
{
    private readonly FakeDocker _docker = new();
    private readonly ProgramLauncher _launcher = new(TimeProvider.System);

    public void Dispose()
    {
        _launcher.Dispose();
        _docker.Dispose();
    }

    [Theory(Timeout = 120_000)]
    [InlineData(Libc.SigInt)]
    [InlineData(Libc.SigTerm)]
    public async Task A_build_that_is_interrupted_leaves_no_client_and_no_folder(int signal)
    {
        var building = new Signal(_docker.Building);
        KeyValuePair<string, string>[] variables =
            [new("AMOEBA_DOCKER_COMMAND", _docker.Options.Command),
                new("AMOEBA_HOME", Path.Combine(_docker.Folder, "home"))];
        var build = new CliProcess(_launcher, _docker.Folder, variables, "docker", "build", "--base", "any");
        var client = await building.PidAsync();
        var folder =
            Assert.Single(_docker.Calls, call => call.StartsWith("build ", StringComparison.Ordinal)).Split(' ')[^1];
        Assert.True(Directory.Exists(folder));
        build.Signal(signal);

        Assert.Equal(ExitCodes.Interrupted, (await build.EndAsync()).Code);
        Assert.Contains("amoeba: interrupted: no file and no program of the build is left",
            build.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(folder));
        Assert.False(CellRig.IsAlive(client));
    }
}
