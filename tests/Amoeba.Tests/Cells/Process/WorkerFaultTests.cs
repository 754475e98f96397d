using Amoeba.Cells.Process;
using Amoeba.Cells.Wire;
using Amoeba.Cells.Workers;
using Amoeba.Engine.Ports;
using Amoeba.Processes;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cells.Process;

/// <summary>What becomes of a worker that dies, stands still, or was never one.</summary>
[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class WorkerFaultTests : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private readonly List<CellRig> _rigs = [];

    public void Dispose() => _rigs.ForEach(rig => rig.Dispose());

    [Fact(Timeout = 120_000)]
    public async Task A_worker_killed_at_any_moment_is_a_child_lost_with_the_reason_and_nothing_else()
    {
        var rig = Rig();
        var job = rig.Job("""{"name": "t", "each": ["x"], "do": {"sh": "setsid sleep 300 & sleep 0.01"}}""");
        for (var i = 0; i < 100; i++)
        {
            var child = await rig.ChildAsync(job);
            var pid = rig.Events.Pid!.Value;
            child.Start(rig.Order(job));
            for (var spin = 0; spin < i * 7 % 100; spin++) Thread.SpinWait(5_000);
            _ = Libc.Kill(pid, Libc.SigKill);

            var said = await rig.Events.NextAsync();
            if (said is AttemptResult ended)
            {
                Assert.Equal(AttemptEnd.Succeeded, ended.End);
                said = await rig.Events.NextAsync();
            }

            Assert.Equal("failed c-1: signal KILL (9)", said);
            Assert.False(CellRig.IsAlive(pid));
            child.Destroy();
            Assert.Equal("gone c-1", await rig.Events.NextAsync());
            Assert.Null(rig.Events.Unheard());
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task A_bug_over_what_a_worker_wrote_is_its_childs_failure_and_not_the_parents_end()
    {
        var rig = Rig();
        rig.Outputs.Fault = new InvalidOperationException("no luck");
        var job = rig.Sh("echo hello; sleep 300");
        var child = await rig.ChildAsync(job);
        child.Start(rig.Order(job));
        Assert.Equal(
            "failed c-1: what it said could not be taken: InvalidOperationException: no luck",
            await rig.Events.NextAsync());
        child.Destroy();
        Assert.Equal("gone c-1", await rig.Events.NextAsync());

        rig.Outputs.Fault = null;
        Assert.Equal("hello\n", CellRig.Text(await rig.RunAsync(rig.Sh("echo hello"))));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_worker_that_dies_takes_with_it_what_left_its_session()
    {
        var rig = Rig();
        var started = rig.Signal("started");
        rig.Signal("left");
        var job = rig.Sh("(setsid sh -c 'echo $$ > left; exec sleep 300' &)\necho $(cat left) > started; sleep 300");
        var child = await rig.ChildAsync(job);
        child.Start(rig.Order(job));
        var pid = await started.PidAsync();
        Assert.True(CellRig.IsAlive(pid));
        _ = Libc.Kill(rig.Events.Pid!.Value, Libc.SigKill);

        Assert.Equal("failed c-1: signal KILL (9)", await rig.Events.NextAsync());
        Assert.True(rig.Events.Loss is { IsDead: true, IsLack: false, Figures.Execution: > 0 }, $"{rig.Events.Loss}");
        child.Destroy();
        Assert.Equal("gone c-1", await rig.Events.NextAsync());
        // Beside the programs of other tests it may be laid to one of those, and then ends with that one.
        await Eventually.True(() => !CellRig.IsAlive(pid));
    }

    [Fact(Timeout = 120_000)]
    public async Task One_that_stands_still_is_given_up_and_what_it_still_says_is_not_heard()
    {
        var rig = Rig(beat: Beat);
        var started = rig.Signal("started");
        var job = rig.Sh("echo > started; sleep 300");
        var child = await rig.ChildAsync(job);
        child.Start(rig.Order(job));
        await started.HeardAsync();
        var pid = rig.Events.Pid!.Value;
        _ = Libc.Kill(pid, Libc.SigStop);

        Assert.Equal(
            "failed c-1: heartbeat lost: its process is there, and said nothing for 3 s",
            await rig.Events.NextAsync());
        Assert.True(rig.Events.Loss!.IsByParent);
        Assert.False(CellRig.IsAlive(pid));
        child.Destroy();
        Assert.Equal("gone c-1", await rig.Events.NextAsync());
        Assert.Null(rig.Events.Unheard());
    }

    [Fact(Timeout = 120_000)]
    public async Task No_worker_is_silent_while_it_is_we_who_do_not_listen()
    {
        var rig = Rig(beat: Beat);
        var started = rig.Signal("started");
        var over = rig.Signal("over");
        var job = rig.Sh("echo > started; sleep 5; echo > over; echo done");
        var child = await rig.ChildAsync(job);
        child.Start(rig.Order(job));
        await started.HeardAsync();
        using (var held = new HeldHub())
        {
            held.Hold();
            await over.HeardAsync(); // five beats later
        }

        Assert.Equal("done\n", CellRig.Text(await rig.Events.EndAsync()));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_healthy_task_that_is_silent_for_many_beats_is_left_alone()
    {
        var rig = Rig(beat: Beat);
        var result = await rig.RunAsync(rig.Sh("sleep 5; echo done"));
        Assert.Equal((AttemptEnd.Succeeded, "done\n"), (result.End, CellRig.Text(result)));
    }

    [Fact(Timeout = 120_000)]
    public async Task One_that_stands_still_and_is_to_stop_ends_for_the_reason_it_was_stopped()
    {
        var rig = Rig(beat: TimeSpan.FromMinutes(1));
        var started = rig.Signal("started");
        var job = rig.Sh("echo > started; sleep 300");
        var child = await rig.ChildAsync(job);
        child.Start(rig.Order(job));
        await started.HeardAsync();
        _ = Libc.Kill(rig.Events.Pid!.Value, Libc.SigStop);
        child.Stop(StopReason.Timeout, TimeSpan.FromMilliseconds(50));

        Assert.Equal(AttemptEnd.TimedOut, (await rig.Events.EndAsync()).End);
        Assert.Equal("failed c-1: it did not end its task when it was told to", await rig.Events.NextAsync());
    }

    [Theory(Timeout = 120_000)]
    [InlineData("echo 'no room' >&2; exit 7", "exit 7: no room")]
    [InlineData("printf 'what is this about, and why so long' >&3; sleep 300", "it said what no worker says: ")]
    [InlineData("""printf '\004\000\000\000\001FOMA' >&3; sleep 300""", "it said what no worker says: ")]
    [InlineData("""printf '\010\000\000\000\001EOMA\011\000\000\000' >&3; sleep 300""",
        "it speaks version 9 of the protocol")]
    [InlineData("exec 3>&-; sleep 300", "it closed its connection")]
    [InlineData("sleep 300", "it did not say hello in time", 1)]
    public async Task What_is_no_worker_is_told_from_one_before_it_gets_work(
        string text, string reason, int patience = 60)
    {
        var rig = Rig(text, patience: TimeSpan.FromSeconds(patience));
        var child = rig.Spawn(rig.Sh("true"));
        Assert.StartsWith($"failed c-1: {reason}", (string)await rig.Events.NextAsync(), StringComparison.Ordinal);
        child.Destroy();
        Assert.Equal("gone c-1", await rig.Events.NextAsync());
    }

    [Fact(Timeout = 120_000)]
    public async Task Where_there_is_no_worker_that_is_said()
    {
        var rig = Rig("exit 0");
        File.Delete(Path.Combine(rig.Folder, "worker"));
        var child = rig.Spawn(rig.Sh("true"));
        Assert.StartsWith("failed c-1: not started: ", (string)await rig.Events.NextAsync(), StringComparison.Ordinal);
        child.Destroy();
        Assert.Equal("gone c-1", await rig.Events.NextAsync());
    }

    [Fact(Timeout = 120_000)]
    public async Task The_environment_of_a_worker_has_nothing_that_is_not_listed()
    {
        var rig = Rig();
        rig.Environment["API_KEY"] = "correct-horse-battery";
        rig.Inherit.Add("API_KEY");
        var job = rig.Sh("echo $API_KEY | wc -c");
        var child = await rig.ChildAsync(job);
        child.Start(rig.Order(job));
        Assert.Equal("22\n", CellRig.Text(await rig.Events.EndAsync()));

        var entries =
            (await File.ReadAllTextAsync($"/proc/{rig.Events.Pid}/environ", TestContext.Current.CancellationToken))
            .Split('\0', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            ["AMOEBA_CHILD_ID", "AMOEBA_IS_CHILD", "AMOEBA_PARENT_ID",
                "DOTNET_EnableDiagnostics", "DOTNET_ROOT", "HOME", "PATH"],
            entries.Select(entry => entry.Split('=')[0]).Order(StringComparer.Ordinal));
        var line =
            await File.ReadAllTextAsync($"/proc/{rig.Events.Pid}/cmdline", TestContext.Current.CancellationToken);
        Assert.Equal($"amoeba-worker\0{Protocol.Version}\05000\0", line);
        child.Destroy();
    }

    [Fact(Timeout = 120_000)]
    public async Task A_task_has_no_open_file_but_the_three_of_every_program()
    {
        // Opened without the mark that closes it by itself.
        var leak = Libc.Open("/dev/null", 0, 0);
        var rig = Rig();
        var result =
            await rig.RunAsync(rig.Sh("sleep 300 & p=$!; sleep 0.3; for f in /proc/$p/fd/*; do echo ${f##*/}; done; "
                + "echo --; for f in /proc/$PPID/fd/*; do readlink $f; done"));
        _ = Libc.Close(leak);
        var parts = CellRig.Text(result).Split("--\n");
        Assert.Equal("0\n1\n2\n", parts[0]);
        // The worker's own: of ours it has one end of a socket, and the nothing it reads.
        var ofWorker = parts[1].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Single(ofWorker, link => link.StartsWith("socket:", StringComparison.Ordinal));
    }

    [Fact(Timeout = 120_000)]
    public async Task One_whose_heart_beats_while_it_answers_nothing_is_given_up()
    {
        var rig = Rig($$"""
            printf '\014\000\000\000\001EOMA\00{{Protocol.Version}}\000\000\000\000\000\000\000' >&3
            while :; do printf '\010\000\000\000\002\000\000\000\000\000\000\000\000' >&3; sleep 0.1; done
            """, beat: TimeSpan.FromSeconds(1)); // by itself a shell is late at times
        var child = await rig.ChildAsync(rig.Sh("true"));
        Assert.Equal("failed c-1: stall: it beats, and answered nothing for 2 s", await rig.Events.NextAsync());
        Assert.True(rig.Events.Loss!.IsByParent);
        child.Destroy();
        Assert.Equal("gone c-1", await rig.Events.NextAsync());
    }

    [Fact(Timeout = 120_000)]
    public async Task One_that_sends_more_than_was_asked_for_is_ended()
    {
        // A task is longer than what is read of it here; from then on the stand-in says whatever was prepared.
        var rig = Rig("""cat "${0%/*}/hello" >&3; head -c 100 <&3 >/dev/null; cat "${0%/*}/flood" >&3; sleep 300""",
            beat: TimeSpan.FromMinutes(1));
        await WriteAsync(rig, "hello", new Hello(Protocol.Version, ["sh"]).Frame().ToArray());
        var chunk = new WireWriter(FrameKind.Output).Add(1).Add(new byte[Protocol.Chunk]).Frame().ToArray();
        var chunks = 2 * Protocol.Window / Protocol.Chunk;
        await WriteAsync(rig, "flood", [.. Enumerable.Repeat(chunk, chunks).SelectMany(static bytes => bytes)]);
        // Over its limit it is told that no more is wanted, and then it has only the credit that it had.
        var job = rig.Sh("true", """{"output": 1000}""");
        var child = await rig.ChildAsync(job);
        child.Start(rig.Order(job));
        Assert.Equal("failed c-1: it said what no worker says: it sent more than it had credit for",
            await rig.Events.NextAsync());
        child.Destroy();
        Assert.Equal("gone c-1", await rig.Events.NextAsync());
    }

    private static Task WriteAsync(CellRig rig, string name, byte[] bytes) =>
        File.WriteAllBytesAsync(Path.Combine(rig.Folder, name), bytes, TestContext.Current.CancellationToken);

    /// <param name="worker">The shell text that stands in for the worker; null is the real one.</param>
    /// <param name="beat">Null is the usual one, of which no worker misses three.</param>
    /// <param name="patience">For its hello; null is so long that none is late.</param>
    private CellRig Rig(string? worker = null, TimeSpan? beat = null, TimeSpan? patience = null)
    {
        CellRig rig = null!;
        rig = new CellRig((runner, launcher) => new ProcessCell(runner, launcher, new ProcessCellOptions
        {
            Parent = "parent-1",
            Environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nowhere"],
            Beat = beat ?? TimeSpan.FromSeconds(5),
            Answers = worker is null ? TimeSpan.FromSeconds(30) : TimeSpan.FromSeconds(2),
            Patience = patience ?? TimeSpan.FromMinutes(1),
            Worker = worker is null ? WorkerProgram.Find() : new WorkerProgram(Path.Combine(rig.Folder, "worker")),
        }));
        _rigs.Add(rig);
        if (worker is null) return rig;
        var path = Path.Combine(rig.Folder, "worker");
        File.WriteAllText(path, $"#!/bin/sh\n{worker}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return rig;
    }
}
