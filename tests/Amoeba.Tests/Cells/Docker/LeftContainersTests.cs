using Amoeba.Cells.Docker;
using Amoeba.Processes;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cells.Docker;

/// <summary>What a dead parent left is gone when docker says so, and not before.</summary>
public sealed class LeftContainersTests : IDisposable
{
    private readonly FakeDocker _docker = new();
    private readonly ProgramLauncher _launcher = new(TimeProvider.System);

    public void Dispose()
    {
        _launcher.Dispose();
        _docker.Dispose();
    }

    [Fact]
    public async Task Nothing_left_is_nothing_to_do()
    {
        _docker.Leave("other", "living");
        Assert.Null(await RemoveAsync(_launcher));
        Assert.DoesNotContain(_docker.Calls, call => call.StartsWith("rm ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_removed_is_looked_for_again()
    {
        _docker.Leave("one", "dead");
        Assert.Null(await RemoveAsync(_launcher));
        Assert.Equal(["ps", "inspect", "rm", "ps"], _docker.Calls.Select(call => call.Split(' ')[0]));
    }

    [Fact]
    public async Task A_daemon_that_does_not_answer_does_not_mean_that_nothing_runs()
    {
        _docker.IsDeaf = true;
        Assert.Equal("there is no docker daemon; start it (`systemctl start docker`), or set DOCKER_HOST to where it "
            + "listens", await RemoveAsync(_launcher));
    }

    [Fact]
    public async Task What_cannot_be_removed_is_told_as_still_there()
    {
        _docker.Leave("one", "dead");
        _docker.IsStubborn = true;
        using var launcher = new ProgramLauncher(new FastTime(5)); // it is tried twenty times, with pauses
        Assert.Equal("docker failed: device or resource busy; call it by hand to see more, or use another cell",
            await RemoveAsync(launcher));
    }

    private Task<string?> RemoveAsync(ProgramLauncher launcher) => Containers.RemoveLeftAsync(
        _docker.Client(launcher), ContainerOwner.Homeless,
        one => one.Parent == "dead", TestContext.Current.CancellationToken);
}
