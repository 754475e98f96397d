using Amoeba.Cells.Docker;
using Amoeba.Engine.Ports;
using Amoeba.Processes;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cells.Docker;

/// <summary>
/// `amoeba docker build --base`. No registry is asked here, so that the base is made of what is there: a system with a
/// shell and libraries, and neither the worker nor its runtime.
/// </summary>
[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class BasedImageTests(DockerDaemon daemon) : IAsyncLifetime
{
    private const string Base = "amoeba-test-base:1", Based = "amoeba-test-based:1";

    private readonly ProgramLauncher _launcher = new(TimeProvider.System);
    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await daemon.StartAsync();

    public ValueTask DisposeAsync()
    {
        _launcher.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact(Timeout = 300_000)]
    public async Task An_image_rests_on_another_one_and_its_containers_do_tasks()
    {
        await MakeBaseAsync();
        var client = new DockerClient(_launcher, new DockerOptions { Image = Based }, daemon.Variables);
        var told = new List<string>();
        var built = await new ImageBuild(client, path: null, told.Add).RunAsync(Base, AppContext.BaseDirectory, Cancel);
        Assert.Equal((Based, Base), (built.Image, built.Base));
        Assert.Equal([$"building {Based} on {Base} ...", "trying the worker in it ..."], told);

        CellRig? made = null;
        using var rig = new CellRig((runner, launcher) => ContainerRig.Cell(
            daemon, made!, runner, launcher, ContainerRig.Place(daemon, made!) with { Image = built.Id }));
        made = rig;
        ContainerRig.Open(rig);
        var result = await rig.RunAsync(rig.Sh("cat /resting; id -u"));
        Assert.Equal((AttemptEnd.Succeeded, null), (result.End, result.Error));
        Assert.Equal("on this\n10001\n", CellRig.Text(result));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_base_that_is_not_there_is_told_with_what_to_do()
    {
        var client = new DockerClient(_launcher, new DockerOptions { Image = Based }, daemon.Variables);
        var refused = await Assert.ThrowsAsync<IOException>(() => new ImageBuild(client, path: null, _ => { })
            .RunAsync("localhost:1/amoeba-nowhere:1", AppContext.BaseDirectory, Cancel));
        Assert.StartsWith(
            "the image could not be built on localhost:1/amoeba-nowhere:1: ", refused.Message,
            StringComparison.Ordinal);
        Assert.EndsWith("; look at the name, or leave --base out to use this machine's packages", refused.Message,
            StringComparison.Ordinal);
    }

    private async Task MakeBaseAsync()
    {
        await File.WriteAllTextAsync(_folder["Dockerfile"], $"""
            FROM {DockerOptions.DefaultImage}
            USER 0
            RUN rm -rf /opt/amoeba /opt/dotnet && echo on this >/resting

            """, Cancel);
        var made = await daemon.Client(_launcher).AskAsync(
            ["build", "--network", "none", "--tag", Base, _folder.Path], Cancel, TimeSpan.FromMinutes(3));
        Assert.True(made.Done, made.Complaint);
        var seen = await daemon.AskAsync(
            "run", "--rm", "--network", "none", "--log-driver", "none", Base, "ls", "/opt");
        Assert.Equal((true, ""), (seen.Done, seen.Output));
    }
}
