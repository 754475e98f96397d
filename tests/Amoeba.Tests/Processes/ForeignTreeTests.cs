using Amoeba.Processes;

namespace Amoeba.Tests.Processes;

/// <summary>The ending of what this process did not start, given up half-way.</summary>
public sealed class ForeignTreeTests : IDisposable
{
    private readonly Programs _programs = new();

    public void Dispose() => _programs.Dispose();

    [Fact(Timeout = 30_000)]
    public async Task One_of_which_nothing_was_killed_goes_on()
    {
        var started = _programs.Start(_programs.Shell("echo up; exec sleep 300"));
        await started.Sink.Saw("up");
        var root = IdentityOf(started.Program.Pid);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new ForeignTree(root, []).EndAsync(TimeProvider.System, new CancellationToken(canceled: true)));
        await Eventually.True(
            () => ProcFs.TryReadStat(root.Pid, out var stat) && !IsStopped(root.Pid) && !stat.IsZombie);
        started.Program.Kill();
        await started.Exit();
    }

    [Fact(Timeout = 30_000)]
    public async Task One_that_lost_some_of_its_processes_goes_with_them()
    {
        var started = _programs.Start(_programs.Shell("sleep 300 & echo up; wait; echo said; sleep 300"));
        await started.Sink.Saw("up");
        var root = IdentityOf(started.Program.Pid);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new ForeignTree(root, []).EndAsync(TimeProvider.System, new CancellationToken(canceled: true)));
        Assert.Equal(Libc.SigKill, (await started.Exit()).Signal);
        Assert.DoesNotContain("said", started.Stdout, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task What_comes_up_after_a_look_that_found_nothing_is_found_by_the_next()
    {
        var mark = $"FOREIGN_TEST_MARK={Guid.NewGuid():N}";
        var late = new List<Started>();
        // While a process executes a program, its environment is empty for a moment, twice here: the next look is to
        // find it as it stays.
        var time = new BetweenLooks(() =>
        {
            late.Add(_programs.Start(_programs.Shell("exec sleep 300", mark)));
            SpinWait.SpinUntil(() => IsSleep(late[0].Program.Pid, mark), Programs.Patience);
        });
        Assert.True(await new ForeignTree(null, [mark]).EndAsync(time, TestContext.Current.CancellationToken));
        Assert.Equal(Libc.SigKill, (await Assert.Single(late).Exit()).Signal);
    }

    [Fact(Timeout = 30_000)]
    public async Task One_without_an_environment_is_waited_for_and_then_taken_as_nobodys()
    {
        var started = _programs.Start(_programs.Shell("exec env -i /bin/sleep 300"));
        await Eventually.True(() => ProcFs.TryReadStat(started.Program.Pid, out _)
            && ProcFs.Environment(started.Program.Pid).Length == 0);
        var mark = $"FOREIGN_TEST_MARK={Guid.NewGuid():N}";
        Assert.True(await new ForeignTree(null, [mark])
            .EndAsync(TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.True(IdentityOf(started.Program.Pid).IsAlive());
        started.Program.Kill();
        Assert.Equal(Libc.SigKill, (await started.Exit()).Signal);
    }

    private static ProcessIdentity IdentityOf(int pid) =>
        ProcFs.TryReadStat(pid, out var stat) ? stat.Identity : default;

    private static bool IsSleep(int pid, string mark) =>
        File.ReadAllText(FormattableString.Invariant($"/proc/{pid}/comm")) == "sleep\n"
        && ProcFs.HasEntry(ProcFs.Environment(pid), ProcFs.Cookie(mark));

    private static bool IsStopped(int pid) =>
        File.ReadAllText(FormattableString.Invariant($"/proc/{pid}/stat")).Split(") ")[1].StartsWith('T');

    /// <summary>The system's clock, which does something before the first pause.</summary>
    private sealed class BetweenLooks(Action first) : TimeProvider
    {
        private Action? _first = first;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Interlocked.Exchange(ref _first, null)?.Invoke();
            return base.CreateTimer(callback, state, dueTime, period);
        }
    }
}
