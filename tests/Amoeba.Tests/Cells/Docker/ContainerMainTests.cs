using Amoeba.Cells.Docker;
using Amoeba.Processes;
using Amoeba.Tests.Conformance;

namespace Amoeba.Tests.Cells.Docker;

/// <summary>A container whose first process can be seen here is ended also where its daemon does nothing.</summary>
[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class ContainerMainTests(DockerDaemon daemon) : IAsyncLifetime
{
    private readonly ProgramLauncher _launcher = new(TimeProvider.System);
    private readonly List<DoubtedContainer> _doubted = [];
    private CellRig? _rig;

    public async ValueTask InitializeAsync() => await daemon.StartAsync();

    public ValueTask DisposeAsync()
    {
        _rig?.Dispose();
        _launcher.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact(Timeout = 120_000)]
    public async Task It_ends_with_its_child_though_no_daemon_removes_it_and_is_in_no_doubt()
    {
        _rig = new CellRig((runner, _) => new DockerCell(runner, DeafClient(), new DockerCellOptions
        {
            Parent = "parent-1",
            Home = daemon.Home,
            Doubted = _doubted.Add,
            Lives = _ => true,
            Place = _ => ContainerRig.Place(daemon, _rig!),
            Patience = TimeSpan.FromMinutes(1),
        }));
        ContainerRig.Open(_rig);
        var started = _rig.Signal("started");
        var job = _rig.Sh("echo > started; exec sleep 300");
        var child = await _rig.ChildAsync(job);
        child.Start(_rig.Order(job));
        await started.HeardAsync();

        var all = await Containers.ListAsync(
            daemon.Client(_launcher), daemon.Owner, TestContext.Current.CancellationToken);
        var found = Assert.Single(all, one => one.Job == job); // the daemon is that of other tests too
        var main = ContainerMain.Find(found.Name);
        Assert.Equal(found.Pid, main?.Pid);
        // By this a guardian, and who sweeps after it, finds it where docker cannot be asked.
        Assert.Contains(Leftovers.Find("parent-1"), left => left.Identity == main);

        child.Destroy();
        Assert.Equal("gone c-1", await _rig.Events.NextAsync());
        Assert.False(main!.Value.IsAlive());
        Assert.Empty(_doubted);
    }

    [Fact]
    public async Task One_that_is_nowhere_to_be_seen_is_not_ended()
    {
        Assert.Null(ContainerMain.Find("amoeba-none"));
        Assert.False(await ContainerMain.EndAsync("amoeba-none", TimeProvider.System));
    }

    /// <summary>Its daemon is reached to make containers, and no more to remove any.</summary>
    private DockerClient DeafClient()
    {
        var file = Path.Combine(_rig!.Folder, "deaf");
        File.WriteAllText(file, """
            #!/bin/sh
            if [ "$1" = rm ]; then echo 'Cannot connect to the Docker daemon' >&2; exit 1; fi
            exec docker "$@"
            """);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, (UnixFileMode)0b111_101_101);
        return new DockerClient(_launcher, new DockerOptions { Command = file }, daemon.Variables);
    }
}
