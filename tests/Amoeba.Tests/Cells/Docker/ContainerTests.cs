using System.Text.Json;
using Amoeba.Cells.Docker;
using Amoeba.Cells.Wire;
using Amoeba.Engine.Ports;
using Amoeba.Processes;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cells.Docker;

/// <summary>
/// What a container is made with, what a task in it may not do, and what becomes of one that is left alone.
/// </summary>
[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class ContainerTests(DockerDaemon daemon) : IAsyncLifetime
{
    private readonly ProgramLauncher _launcher = new(TimeProvider.System);
    private readonly List<CellRig> _rigs = [];

    public async ValueTask InitializeAsync() => await daemon.StartAsync();

    public ValueTask DisposeAsync()
    {
        _rigs.ForEach(rig => rig.Dispose());
        _launcher.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact(Timeout = 120_000)]
    public async Task The_image_is_told_step_by_step_and_holds_the_worker_and_no_door_to_root()
    {
        Assert.Equal("trying the worker in it ...", daemon.Told[^1]);
        Assert.Contains($"building {DockerOptions.DefaultImage} on this machine's packages ...", daemon.Told);
        Assert.InRange(daemon.Image!.Bytes, 50L << 20, 200L << 20);
        const string Find = "id -u; find / -xdev -perm /6000 2>/dev/null; find / -xdev ! -user 0 2>/dev/null";
        var seen =
            await daemon.AskAsync("run", "--rm", "--network", "none", "--log-driver",
                "none", DockerOptions.DefaultImage, "sh", "-c", Find);
        Assert.Equal("10001\n", seen.Output);
    }

    [Fact(Timeout = 120_000)]
    public async Task It_is_made_with_every_flag_and_says_nothing_of_its_task()
    {
        var rig = Rig(processes: 100);
        rig.Environment["API_KEY"] = "correct-horse-battery";
        rig.Inherit.Add("API_KEY");
        var started = rig.Signal("started");
        var job = rig.Sh("echo $API_KEY-and-more > started; exec sleep 300");
        var child = await rig.ChildAsync(job);
        child.Start(rig.Order(job));
        await started.HeardAsync();

        var found = Assert.Single(await OfAsync(job));
        Assert.Equal(("parent-1", job, "c-1", "running"), (found.Parent, found.Job, found.Child, found.State));
        var told = (await daemon.AskAsync("inspect", found.Name)).Output;
        Assert.DoesNotContain("horse", told, StringComparison.Ordinal);
        Assert.DoesNotContain("and-more", told, StringComparison.Ordinal);
        var seen = JsonDocument.Parse(told).RootElement[0];
        var host = seen.GetProperty("HostConfig");
        Assert.True(host.GetProperty("ReadonlyRootfs").GetBoolean() && host.GetProperty("AutoRemove").GetBoolean());
        Assert.False(host.GetProperty("Privileged").GetBoolean());
        Assert.Equal("ALL", host.GetProperty("CapDrop")[0].GetString());
        Assert.Equal("no-new-privileges", host.GetProperty("SecurityOpt")[0].GetString());
        Assert.Equal("none", host.GetProperty("NetworkMode").GetString());
        Assert.Equal((256L << 20) + WorkerRoom.Memory, host.GetProperty("Memory").GetInt64());
        Assert.Equal(host.GetProperty("Memory").GetInt64(), host.GetProperty("MemorySwap").GetInt64());
        Assert.Equal(3200, host.GetProperty("PidsLimit").GetInt64());
        Assert.Equal(1_500_000_000, host.GetProperty("NanoCpus").GetInt64());
        Assert.Equal("10001:10001", seen.GetProperty("Config").GetProperty("User").GetString());
        var mount = Assert.Single(seen.GetProperty("Mounts").EnumerateArray());
        Assert.Equal((rig.Folder, rig.Folder),
            (mount.GetProperty("Source").GetString(), mount.GetProperty("Destination").GetString()));

        child.Destroy();
        Assert.Equal("gone c-1", await rig.Events.NextAsync());
        await NoneOfAsync(job);
    }

    [Fact(Timeout = 120_000)]
    public async Task The_proxies_of_the_client_do_not_reach_it()
    {
        var usual =
            await daemon.AskAsync("run", "--rm", "--network", "none",
                "--log-driver", "none", DockerOptions.DefaultImage, "env");
        Assert.Contains("HTTP_PROXY=http://me:secret@proxy:1", usual.Output, StringComparison.Ordinal);

        var rig = Rig();
        var job = rig.Sh("true");
        await rig.ChildAsync(job);
        var found = Assert.Single(await OfAsync(job));
        var told = await daemon.AskAsync("inspect", found.Name);
        Assert.DoesNotContain("secret", told.Output, StringComparison.Ordinal);
        var inside = await daemon.AskAsync("exec", found.Name, "env");
        Assert.Contains("DOTNET_ROOT=", inside.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("proxy", inside.Output, StringComparison.OrdinalIgnoreCase);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("touch /x /usr/x /opt/amoeba/x 2>/dev/null; ls /x /usr/x /opt/amoeba/x 2>/dev/null | wc -l", "0")]
    [InlineData("echo x > /tmp/x && cat /tmp/x; echo y > ~/y && cat ~/y", "x\ny")]
    [InlineData("ls /sys/class/net; exec 3<>/dev/tcp/10.0.0.1/80 || echo cut off", "lo\ncut off")]
    [InlineData("cat /proc/[0-9]*/comm | sort -u | grep -c dockerd; true", "0")]
    [InlineData("grep -h ^Cap /proc/self/status | tr -d '\\t' | cut -d: -f2 | sort -u", "0000000000000000")]
    [InlineData("grep ^NoNewPrivs /proc/self/status | tr -dc 0-9; id -u | grep -vxq 0 && echo ' "
        + "not root'", "1 not root")]
    [InlineData("kill -9 1; kill -STOP 1; echo still here", "still here")]
    [InlineData("ls /proc/1/fd 2>/dev/null | wc -l; echo junk 2>/dev/null > /proc/1/fd/1; "
        + "echo still here", "0\nstill here")]
    [InlineData("mount -t tmpfs none /mnt 2>/dev/null || unshare -r true 2>/dev/null || chroot / true 2>/dev/null || "
        + "echo not allowed", "not allowed")]
    // Where memory is short it goes before its worker.
    [InlineData("cat /proc/self/oom_score_adj; until grep -x 0 /proc/1/oom_score_adj; do sleep 0.02; done", "1000\n0")]
    [InlineData("mknod disk b 8 0 2>/dev/null || echo no devices", "no devices")]
    public async Task A_task_does_not_get_out(string text, string output)
    {
        var rig = Rig();
        var result = await rig.RunAsync(rig.Job(JsonSerializer.Serialize(new
        {
            name = "t",
            tasks = new[] { new { id = "only", @do = new { run = new[] { "bash", "-c", text } } } },
        })));
        Assert.Equal((AttemptEnd.Succeeded, null, output), (result.End, result.Error, CellRig.Text(result).TrimEnd()));
    }

    [Fact(Timeout = 120_000)]
    public async Task What_the_kernel_ends_for_its_memory_is_told_as_memory_with_the_figures()
    {
        // The line of the container itself lies below that of the task: the watching never sees it.
        var rig = Rig(memory: 16 << 20);
        var job = rig.Sh("head -c 900000000 /dev/zero | tail -c 800000000 | wc -c; sleep 300", """{"memory": "1GB"}""");
        var result = await rig.RunAsync(job);
        Assert.Equal(AttemptEnd.OverLimit, result.End);
        Assert.Matches(
            @"^memory: it used 2\d\d MB together with its worker, where the kernel ended it, "
                + @"over its limit of 1 GB \(limits.memory\)$", result.Error);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_client_that_is_killed_takes_its_container_with_it()
    {
        var rig = Rig();
        var started = rig.Signal("started");
        var job = rig.Sh("(setsid sleep 300 &); echo $$ > started; sleep 300");
        var child = await rig.ChildAsync(job);
        child.Start(rig.Order(job));
        var pid = await started.PidAsync();
        Assert.True(ContainerRig.IsAlive(rig, pid));
        _ = Libc.Kill(rig.Events.Pid!.Value, Libc.SigKill);

        Assert.Equal("failed c-1: signal KILL (9)", await rig.Events.NextAsync());
        Assert.False(ContainerRig.IsAlive(rig, pid));
        await NoneOfAsync(job);
    }

    [Fact(Timeout = 120_000)]
    public async Task One_that_stands_still_is_given_up_and_removed()
    {
        var rig = Rig(beat: TimeSpan.FromSeconds(1)); // it beats until the pause, for which docker is asked three times
        var started = rig.Signal("started");
        var job = rig.Sh("echo > started; sleep 300");
        var child = await rig.ChildAsync(job);
        child.Start(rig.Order(job));
        await started.HeardAsync();
        var found = Assert.Single(await OfAsync(job));
        Assert.True((await daemon.AskAsync("pause", found.Name)).Done);

        Assert.Equal("failed c-1: heartbeat lost: its process is there, and said nothing for 3 s",
            await rig.Events.NextAsync());
        child.Destroy();
        Assert.Equal("gone c-1", await rig.Events.NextAsync());
        await NoneOfAsync(job);
    }

    [Fact(Timeout = 120_000)]
    public async Task One_that_is_destroyed_before_it_is_there_leaves_nothing()
    {
        var rig = Rig();
        var job = rig.Sh("true");
        for (var i = 0; i < 5; i++)
        {
            var child = rig.Spawn(job);
            for (var spin = 0; spin < i * 20; spin++) Thread.SpinWait(100_000);
            child.Destroy();
            var said = await rig.Events.NextAsync();
            if (said is "ready c-1") said = await rig.Events.NextAsync();
            Assert.Equal("gone c-1", said);
            // The daemon may still be at it: a container whose removal it has begun is on its way out.
            await Eventually.True(() => Parents(daemon.Owner) is []);
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task What_a_parent_left_that_is_gone_is_removed_by_the_next_and_nothing_else()
    {
        var rig = Rig();
        // As of another machine, or another container that has this daemon's socket: a home at the same place.
        var other = daemon.Owner with { Value = "elsewhere" };
        string[] Left(ContainerOwner owner, string parent) =>
        [
            "run", "--detach", "--network", "none", "--log-driver", "none", "--label", $"{owner.Label}={owner.Value}",
            "--label", $"{ContainerLabels.Folder}={daemon.Home}", "--label", $"{ContainerLabels.Parent}={parent}",
            DockerOptions.DefaultImage, "sleep", "300",
        ];
        foreach (var (owner, parent) in ((ContainerOwner, string)[])[(daemon.Owner, "dead"),
            (daemon.Owner, "living"), (other, "dead")])
            Assert.True((await daemon.AskAsync(Left(owner, parent))).Done);

        await rig.ChildAsync(rig.Sh("true"));
        await Eventually.True(() => Parents(daemon.Owner) is ["living", "parent-1"]);
        Assert.Equal(["dead"], Parents(other));
        await Containers.RemoveLeftAsync(Client(), daemon.Owner,
            _ => true, TestContext.Current.CancellationToken);
        await Containers.RemoveLeftAsync(Client(), other,
            _ => true, TestContext.Current.CancellationToken);
    }

    [Fact(Timeout = 120_000)]
    public async Task Of_parents_without_a_home_what_is_left_is_removed_by_any_of_the_same_user_and_machine()
    {
        var us = ProcessIdentity.OfThisProcess;
        foreach (var (parent, process) in ((string, string)[])[("gone", $"{us.Pid}/{us.StartTicks + 1}"),
            ("living", $"{us.Pid}/{us.StartTicks}")])
        {
            var made = await daemon.AskAsync(
                "run", "--detach", "--network", "none", "--log-driver", "none",
                "--label", $"{ContainerLabels.Alone}={ContainerOwner.Homeless.Value}",
                "--label", $"{ContainerLabels.Process}={process}", "--label",
                $"{ContainerLabels.Parent}={parent}", DockerOptions.DefaultImage, "sleep", "300");
            Assert.True(made.Done, made.Complaint);
        }

        var rig = Rig();
        await rig.ChildAsync(rig.Sh("true"));
        await Eventually.True(() => Parents(ContainerOwner.Homeless) is ["living"]);
        await Containers.RemoveLeftAsync(Client(), ContainerOwner.Homeless,
            _ => true, TestContext.Current.CancellationToken);
    }

    /// <summary>The daemon is that of other tests too, which leave theirs to it.</summary>
    private async Task<FoundContainer[]> OfAsync(string job) =>
        [.. (await Containers.ListAsync(Client(), daemon.Owner, TestContext.Current.CancellationToken))
            .Where(one => one.Job == job)];

    /// <summary>A container whose removal the daemon has begun is told as gone, and is still listed.</summary>
    private async Task NoneOfAsync(string job)
    {
        while ((await OfAsync(job)).Length > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
    }

    private string[] Parents(ContainerOwner owner) =>
        [.. Containers.ListAsync(Client(), owner, CancellationToken.None)
            .GetAwaiter().GetResult().Select(one => one.Parent).Order(StringComparer.Ordinal)];

    private DockerClient Client() => daemon.Client(_launcher);

    private CellRig Rig(long memory = 256 << 20, int processes = 64, TimeSpan? beat = null)
    {
        ContainerPlace? made = null;
        CellRig? rig = null;
        rig = new CellRig((runner, launcher) => ContainerRig.Cell(daemon, rig!, runner, launcher, made, beat));
        ContainerRig.Open(rig);
        made = ContainerRig.Place(daemon, rig) with { Memory = memory, Processes = processes, Cpus = 1.5 };
        _rigs.Add(rig);
        return rig;
    }
}
