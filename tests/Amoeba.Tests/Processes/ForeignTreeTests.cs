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

    private static ProcessIdentity IdentityOf(int pid) =>
        ProcFs.TryReadStat(pid, out var stat) ? stat.Identity : default;

    private static bool IsStopped(int pid) =>
        File.ReadAllText(FormattableString.Invariant($"/proc/{pid}/stat")).Split(") ")[1].StartsWith('T');
}
