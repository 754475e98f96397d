using System.Text.Json;
using Amoeba.Cells.Detached;
using Amoeba.Cells.Workers;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Fakes;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cells.Detached;

/// <summary>What is told of a detached attempt: who ended it, what it took, how it stands.</summary>
[Collection("cells")] // their children share ids
public sealed class DetachedRunTests : IDisposable
{
    private const int Quit = 3, Term = 15;

    private readonly DetachedRig _detached = new();

    private CellRig Cell => _detached.Cell;

    public void Dispose() => _detached.Dispose();

    [Theory(Timeout = 120_000)]
    [InlineData(Term, "TERM")]
    [InlineData(Quit, "QUIT")]
    public async Task A_signal_from_elsewhere_is_the_loss_of_the_child(int signal, string name)
    {
        var (_, order, pid) = await _detached.BeginAsync();
        WorkerOf(order).Send(signal);
        Assert.Equal($"failed c-1: signal {name} ({signal})", await Cell.Events.NextAsync());
        Assert.True(Cell.Events.Loss is { Figures.Execution: > 0, NeverBegan: false, IsByParent: false },
            $"{Cell.Events.Loss}");
        Assert.Equal(order, Cell.Events.BegunLast);
        Assert.False(CellRig.IsAlive(pid));
    }

    [Theory(Timeout = 120_000)]
    [InlineData(null, "failed c-1: not started: there is no ", true)]
    [InlineData("no program", "failed c-1: not started: ", false)]
    [InlineData("#!/bin/sh\necho not with me >&2; exit 7\n", "failed c-1: exit 7: not with me", false)]
    [InlineData("#!/bin/sh\nkill -9 $$\n", "failed c-1: signal KILL (9)", false)]
    public async Task Where_its_worker_does_not_come_up_the_attempt_never_began(string? worker, string told, bool lacks)
    {
        var path = Path.Combine(Cell.Folder, "worker");
        _detached.Worker = new WorkerProgram(path);
        if (worker is not null)
        {
            await File.WriteAllTextAsync(path, worker, TestContext.Current.CancellationToken);
            if (worker[0] == '#' && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var job = Cell.Sh("touch ran");
        var child = await Cell.ChildAsync(job);
        child.Start(Cell.Order(job));
        Assert.StartsWith(told, (string)await Cell.Events.NextAsync(), StringComparison.Ordinal);
        Assert.Equal(new ChildLoss(Cell.Events.Loss!.Reason) { NeverBegan = true, IsLack = lacks }, Cell.Events.Loss);
        Assert.Null(Cell.Events.BegunLast);
        Assert.False(File.Exists(Path.Combine(Cell.Folder, "ran")));
    }

    [Fact(Timeout = 120_000)]
    public async Task One_that_claims_its_task_and_dies_just_as_it_is_looked_at_began()
    {
        var time = new ClaimingTime();
        Cell.Time = time;
        var job = Cell.Sh("true");
        var child = await Cell.ChildAsync(job);
        var order = Cell.Order(job);
        _detached.FolderOf(order).Make();
        time.Folder = _detached.FolderOf(order);
        child.Start(order);
        Assert.Equal("failed c-1: it is gone, and left no result", await Cell.Events.NextAsync());
        Assert.False(Cell.Events.Loss!.NeverBegan);
        Assert.Equal(order, Cell.Events.BegunLast);
    }

    /// <summary>Somebody who wants to take it back is asked for the time; by then its worker was faster.</summary>
    private sealed class ClaimingTime : TimeProvider
    {
        public DetachedFolder? Folder { get; set; }

        public override DateTimeOffset GetUtcNow()
        {
            var now = base.GetUtcNow();
            if (Folder is { } folder)
                Assert.True(DetachedClaim.Own(isStarted: true, "c-1", "parent-1", now).TryMake(folder));
            Folder = null;
            return now;
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task A_signal_from_elsewhere_is_a_loss_also_where_nobody_was_there()
    {
        var (order, _) = await _detached.LeaveAsync();
        WorkerOf(order).Send(Term);
        await _detached.EndedAsync(order);
        await _detached.TakeUpAsync(order);
        Assert.Equal("failed c-1: signal TERM (15)", await Cell.Events.NextAsync());
    }

    [Fact(Timeout = 120_000)]
    public async Task A_stop_that_an_earlier_parent_announced_is_none()
    {
        var (order, _) = await _detached.LeaveAsync();
        _detached.FolderOf(order).AnnounceStop();
        WorkerOf(order).Send(Term);
        await _detached.EndedAsync(order);
        await _detached.TakeUpAsync(order);
        Assert.Equal(AttemptEnd.Stopped, (await Cell.Events.EndAsync()).End);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_stop_that_was_begun_stays_one_when_its_parent_is_gone_before_the_end()
    {
        var asked = Cell.Signal("asked");
        var (child, order, _) = await _detached.BeginAsync(text: "trap 'echo yes > asked' TERM");
        child.Stop(StopReason.Cancelled, TimeSpan.FromMinutes(1));
        await asked.HeardAsync();
        child.Leave();
        Assert.Equal("gone c-1", await Cell.Events.NextAsync());
        await _detached.GoAsync();
        await _detached.EndedAsync(order);
        await _detached.TakeUpAsync(order);
        Assert.Equal(AttemptEnd.Stopped, (await Cell.Events.EndAsync()).End);
    }

    [Fact(Timeout = 120_000)]
    public async Task One_that_was_to_end_by_force_is_not_lost_also_where_the_force_is_heard_before_the_request()
    {
        var (order, _) = await _detached.LeaveAsync();
        var folder = _detached.FolderOf(order);
        await Eventually.True(() => new FileInfo(folder.Output) is { Exists: true, Length: > 0 });
        await _detached.KillWithGuardianAsync(order);
        var child = (DetachedChild)await Cell.ChildAsync(order.Job);
        // Each is told by a thread of its own. This one comes when its worker was seen to be gone.
        using var force = new CancellationTokenSource();
        using var output = new HeardOutput(force.Cancel);
        var work = new WorkBinder(new BoundSh("true")).Bind(order);
        var run = new ToolRun { Tool = work.Chain[0], Work = work, Output = output, Force = force.Token };
        var outcome = await new DetachedRun(child, run, folder).RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal((true, AttemptEnd.Stopped), (force.IsCancellationRequested, outcome.End));
        Assert.Null(Cell.Events.Unheard());
    }

    private sealed class HeardOutput(Action heard) : IOutputWriter
    {
        public long Length { get; private set; }

        public bool Write(ReadOnlySpan<byte> bytes)
        {
            Length += bytes.Length;
            heard();
            return true;
        }

        public OutputRef Complete() => throw new InvalidOperationException("It has no end.");

        public void Dispose()
        {
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task Of_a_secret_nothing_is_in_its_folder_once_its_program_runs()
    {
        const string Secret = "correct-horse-battery";
        Cell.Environment["API_KEY"] = Secret;
        Cell.Inherit.Add("API_KEY");
        var started = Cell.Signal("started");
        var job = Cell.Sh("echo yes > started; while [ ! -e go ]; do sleep 0.02; done; echo $API_KEY; "
            + "echo it was $API_KEY >&2; exit 3");
        var child = await Cell.ChildAsync(job);
        var order = Cell.Order(job);
        var folder = _detached.FolderOf(order);
        child.Start(order);
        await started.HeardAsync();
        Assert.False(File.Exists(folder.Task));
        await _detached.GoAsync();
        Assert.Equal("exit 3: it was ***", (await Cell.Events.EndAsync()).Error);
        foreach (var file in Directory.EnumerateFiles(folder.Path))
        {
            var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            Assert.False(text.Contains(Secret, StringComparison.Ordinal), file);
        }

        var result = await File.ReadAllTextAsync(folder.Result, TestContext.Current.CancellationToken);
        Assert.Contains("it was", result, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_warning_is_told_also_where_the_breach_follows_at_once()
    {
        var job = Cell.Sh(
            "for i in 1 2 3 4 5 6 7 8; do sleep 300 & done; until [ -e more ]; do sleep 0.05; done; for i in 1 2 3 4; "
                + "do sleep 300 & done; wait",
            """{"processes": 10}""");
        var child = await Cell.ChildAsync(job);
        var order = Cell.Order(job);
        child.Start(order);
        await Eventually.True(() => File.Exists(_detached.FolderOf(order).Warnings));
        await File.WriteAllTextAsync(Path.Combine(Cell.Folder, "more"), "", TestContext.Current.CancellationToken);
        Assert.StartsWith("warned c-1: processes: ", (string)await Cell.Events.NextAsync(), StringComparison.Ordinal);
        Assert.Equal(AttemptEnd.OverLimit, (await Cell.Events.EndAsync()).End);
    }

    [Fact(Timeout = 120_000)]
    public async Task The_start_of_its_worker_is_no_work()
    {
        var job = Cell.Sh("true");
        var child = await Cell.ChildAsync(job);
        var order = Cell.Order(job);
        var began = TimeProvider.System.GetUtcNow();
        child.Start(order);
        var figures = (await Cell.Events.EndAsync()).Figures!;
        var (claimed, ended) = (DetachedClaim.Read(_detached.FolderOf(order))!.At, TimeProvider.System.GetUtcNow());
        var slack = TimeSpan.FromMilliseconds(5).TotalSeconds; // two clocks are read one after the other
        Assert.InRange(figures.Execution, 0, (ended - claimed).TotalSeconds + slack);
        Assert.InRange(figures.Spawn, 0.001, (claimed - began).TotalSeconds + slack);
        Assert.InRange(figures.Spawn + figures.Execution + figures.Teardown, 0, (ended - began).TotalSeconds + slack);
    }

    [Fact(Timeout = 120_000)]
    public async Task Taken_up_it_took_what_its_worker_says()
    {
        const string Work = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; sleep 0.4";
        var (order, _) = await _detached.LeaveAsync(text: Work);
        await _detached.GoAsync();
        await _detached.EndedAsync(order);
        await _detached.TakeUpAsync(order);
        var figures = (await Cell.Events.EndAsync()).Figures!;
        Assert.InRange(figures.Execution, 0.4, 30);
        Assert.InRange(figures.Spawn, 0.001, 30);
        Assert.True(figures is { PeakMemory: > 0, CpuSeconds: > 0.01 }, figures.ToString());
    }

    [Theory(Timeout = 120_000)]
    [InlineData("exit 3", "failed", 3)]
    [InlineData("kill -9 $$", "failed", 137)]
    [InlineData("true", "succeeded", 0)]
    public async Task Its_status_names_the_task_and_how_its_program_ended(string text, string status, int code)
    {
        var job = Cell.Sh(text);
        var child = await Cell.ChildAsync(job);
        var order = Cell.Order(job);
        child.Start(order);
        await Cell.Events.EndAsync();
        var json =
            JsonDocument.Parse(
                await File.ReadAllBytesAsync(_detached.FolderOf(order).Status,
                    TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal($"{job}/only", json.GetProperty("current_task").GetString());
        Assert.Equal((status, code),
            (json.GetProperty("status").GetString(), json.GetProperty("exit_code").GetInt32()));
    }

    private Amoeba.Processes.ProcessIdentity WorkerOf(AttemptOrder order) =>
        DetachedClaim.Read(_detached.FolderOf(order))!.Process;
}
