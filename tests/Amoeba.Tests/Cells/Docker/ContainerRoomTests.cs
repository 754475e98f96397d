using System.Text.Json;
using Amoeba.Cells.Docker;
using Amoeba.Engine.Ports;
using Amoeba.Tests.Conformance;

namespace Amoeba.Tests.Cells.Docker;

/// <summary>What one task leaves in a container, and what the next one finds of it.</summary>
[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class ContainerRoomTests(DockerDaemon daemon) : IAsyncLifetime
{
    private readonly List<CellRig> _rigs = [];

    public async ValueTask InitializeAsync() => await daemon.StartAsync();

    public ValueTask DisposeAsync()
    {
        _rigs.ForEach(rig => rig.Dispose());
        return ValueTask.CompletedTask;
    }

    [Fact(Timeout = 120_000)]
    public async Task Nothing_of_it_is_there_for_the_next_and_the_folder_of_the_job_is_whole()
    {
        var rig = Rig();
        var job = Two(rig, """
            mkdir -p /tmp/deep/er ~/kept && echo secret > /tmp/deep/er/x && echo secret > ~/kept/y && echo secret > /dev/shm/z
            mkdir /tmp/shut && touch /tmp/shut/in && chmod 0 /tmp/shut && chmod 700 /tmp && chmod 700 ~
            mkdir stays && echo work > stays/w && ln -s "$PWD/stays" /tmp/out && ln -s "$PWD/stays" ~/out
            setsid sleep 300 & exec sleep 0
            """, """
            ls -A ~ /dev/shm; find /tmp ! -user 0 ! -path "$PWD*" ! -path /tmp; cat stays/w; stat -c %a /tmp ~
            grep -h '(sleep) [^ZX]' /proc/[0-9]*/stat; touch /tmp/mine ~/mine && echo fine
            """);
        var (first, second) = await BothAsync(rig, job);
        Assert.Equal((AttemptEnd.Succeeded, null, false), (first.End, first.Error, first.IsLastOfChild));
        Assert.Equal("/dev/shm:\n\n/home/task:\nwork\n1777\n1777\nfine\n", CellRig.Text(second));
        Assert.True(File.Exists(Path.Combine(rig.Folder, "stays", "w")));
    }

    [Fact(Timeout = 120_000)]
    public async Task What_it_filled_counts_against_no_later_one()
    {
        var rig = Rig();
        var items = string.Join(',', Enumerable.Range(0, 8).Select(i => $"\"{i}\""));
        var job =
            rig.Job(
                $$$"""{"name": "t", "each": [{{{items}}}], "do": {"run": ["sh", "-c", "head -c 100000000 /dev/zero > /tmp/full; echo fine"]}}""");
        var child = await rig.ChildAsync(job);
        for (var i = 0; i < 8; i++)
        {
            child.Start(rig.Order(job, i));
            var result = await rig.Events.EndAsync();
            Assert.Equal((AttemptEnd.Succeeded, null, false), (result.End, result.Error, result.IsLastOfChild));
        }
    }

    [Theory(Timeout = 120_000)]
    [InlineData("""touch "/tmp/$(printf '\377')"; true""", "what its task left in /tmp cannot be removed")]
    [InlineData("ipcmk --shmem 4096 > /dev/null", "its task left shared memory, semaphores or queues (System V)")]
    public async Task A_child_that_cannot_be_emptied_takes_no_other_task_and_its_task_counts(string text, string why)
    {
        var rig = Rig();
        var child = await rig.ChildAsync(rig.Sh("true"));
        var job = rig.Sh(text);
        child.Start(rig.Order(job));
        Assert.Equal($"warned c-1: its child is given up with it: {why}", await rig.Events.NextAsync());
        var result = await rig.Events.EndAsync();
        Assert.Equal((AttemptEnd.Succeeded, null, true), (result.End, result.Error, result.IsLastOfChild));
        child.Destroy();
        Assert.Equal("gone c-1", await rig.Events.NextAsync());
    }

    [Theory(Timeout = 120_000)]
    [InlineData("/root", "/home/task")] // it is in the image, and root's
    [InlineData("/home/joe", "/home/task")]
    public async Task Whoever_calls_its_tasks_have_the_same_home_which_is_empty_and_writable(string home, string seen)
    {
        var rig = Rig(home);
        rig.Environment["HOME"] = home;
        var result = await rig.RunAsync(rig.Sh("echo $HOME; ls -A ~; echo x > ~/x && cat ~/x"));
        Assert.Equal((AttemptEnd.Succeeded, $"{seen}\nx\n"), (result.End, CellRig.Text(result)));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_program_that_is_not_in_the_image_is_told_with_its_name_and_how_to_have_another()
    {
        var rig = Rig();
        const string Base = "`amoeba docker build --base IMAGE`";
        var result =
            await rig.RunAsync(rig.Job("""{"name": "t", "tasks": [{"id": "only", "do": {"run": ["python9"]}}]}"""));
        Assert.Equal($"program not found: python9 is in no folder of PATH in the image {DockerOptions.DefaultImage}; "
            + $"make an image that has it: {Base}", result.Error);
        File.WriteAllText(Path.Combine(rig.Folder, "script"), "#!/usr/bin/python9\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(rig.Folder, "script"), (UnixFileMode)0b111_101_101);
        result =
            await rig.RunAsync(rig.Job("""{"name": "t", "tasks": [{"id": "only", "do": {"run": ["./script"]}}]}"""));
        Assert.StartsWith($"program not found in the image {DockerOptions.DefaultImage}: ",
            result.Error, StringComparison.Ordinal);
        Assert.EndsWith($"see its first line. Another base may have it: {Base}",
            result.Error, StringComparison.Ordinal);
    }

    private static string Two(CellRig rig, string first, string second) => rig.Job(JsonSerializer.Serialize(new
    {
        name = "t",
        each = new[] { first, second },
        @do = new { run = new[] { "sh", "-c", "{item}" } },
    }));

    private static async Task<(AttemptResult First, AttemptResult Second)> BothAsync(CellRig rig, string job)
    {
        var child = await rig.ChildAsync(job);
        child.Start(rig.Order(job, 0));
        var first = await rig.Events.EndAsync();
        child.Start(rig.Order(job, 1));
        return (first, await rig.Events.EndAsync());
    }

    private CellRig Rig(string home = "/nowhere")
    {
        CellRig? rig = null;
        rig = new CellRig((runner, launcher) => ContainerRig.Cell(daemon, rig!, runner, launcher, home: home));
        ContainerRig.Open(rig);
        _rigs.Add(rig);
        return rig;
    }
}
