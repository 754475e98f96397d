using System.Globalization;
using Amoeba.Processes;

namespace Amoeba.Tests.Processes;

public sealed class TreeTests : IDisposable
{
    private readonly Programs _programs = new();

    public void Dispose() => _programs.Dispose();

    public static TheoryData<string> Escapes => new(
        // The plain background job, which also holds the pipes. Who is started by another says that it is there, so
        // that the main shell does not end before.
        "sleep 300 & echo $!",
        // Its own process group, its own session, both with a middle man gone.
        "set -m; sleep 300 & echo $!",
        "setsid sh -c 'echo $$; : >there; exec sleep 300' & until [ -e there ]; do sleep 0.01; done",
        "(setsid sh -c 'sleep 300 & echo $!; : >there' &) ; until [ -e there ]; do sleep 0.01; done",
        // A cleared environment on top: only the pipe it holds shows whose it is.
        "(env -i setsid /bin/sh -c '/bin/sleep 300 & echo $!; : >there' &) ; until [ -e there ]; do sleep 0.01; done",
        // Deaf to everything that can be ignored.
        "trap '' HUP INT TERM; sleep 300 & echo $!");

    [Theory]
    [MemberData(nameof(Escapes))]
    public async Task What_a_program_left_running_ends_with_it(string script)
    {
        var run = await _programs.Run(script);
        await AssertGone(run);
        Assert.True((await run.Exit()).LeftBehind >= 1);
    }

    [Theory]
    [MemberData(nameof(Escapes))]
    public async Task Killing_a_program_kills_its_tree(string script)
    {
        var run = _programs.Start(_programs.Shell(script + "; sleep 300"));
        await run.Sink.Saw("\n");
        run.Program.Kill();
        await run.Exit();
        await AssertGone(run);
    }

    [Fact]
    public async Task The_exit_is_seen_while_a_grandchild_holds_the_pipe()
    {
        var run = await _programs.Run("sleep 300 & echo before; exit 3");
        var exit = await run.Exit();
        Assert.Equal(3, exit.Code);
        Assert.Equal("before\n", run.Stdout);
        Assert.Equal((1, 0), (exit.LeftBehind, exit.Unkillable));
    }

    [Fact]
    public async Task A_tree_that_ends_by_itself_leaves_nothing_behind()
    {
        // The orphan is gone when whoever adopted it has taken note of its end: then its number is nobody's.
        var run = await _programs.Run(
            "(sh -c 'echo $$ >pid; exec sleep 0.05' &); until [ -s pid ]; do sleep 0.01; done; "
                + "while kill -0 $(cat pid) 2>/dev/null; do sleep 0.01; done; true & wait");
        var exit = await run.Exit();
        Assert.Equal(0, exit.LeftBehind);
    }

    [Fact]
    public async Task One_programs_end_does_not_touch_another_programs_daemon()
    {
        var keeper = _programs.Start(_programs.Shell("(setsid sh -c 'echo $$; exec sleep 300' &); sleep 300"));
        await keeper.Sink.Saw("\n");
        var daemon = int.Parse(keeper.Stdout, CultureInfo.InvariantCulture);
        var other = await _programs.Run("sleep 300 & echo $!");
        await AssertGone(other);
        Assert.True(ProcFs.TryReadStat(daemon, out var stat) && !stat.IsZombie);
        keeper.Program.Kill();
        await keeper.Exit();
        await AssertGone(keeper);
    }

    [Fact]
    public async Task What_may_be_another_programs_is_not_killed_with_one()
    {
        using var keeper = new Programs();
        keeper.Start(keeper.Shell("exec sleep 300"));
        // It has shed all that tells whose it is before its parent ends. When the one that ends at once was seen to
        // end, it was seen too.
        var run = _programs.Start(_programs.Shell("(env -i setsid sh -c 'echo $$ >pid; exec >/dev/null 2>&1; "
            + "exec /bin/sleep 300' & until [ -s pid ] && grep -q sleep /proc/$(cat pid)/comm; do sleep 0.01; done); "
                + "(sh -c 'echo $$' &); sleep 300"));
        await run.Sink.Saw("\n");
        await Eventually.True(() => !File.Exists($"/proc/{run.Stdout.Trim()}/stat"));
        var hidden = int.Parse(
            await File.ReadAllTextAsync(Path.Combine(_programs.Folder, "pid"), TestContext.Current.CancellationToken),
            CultureInfo.InvariantCulture);
        Assert.DoesNotContain(_programs.Launcher.Members(run.Program), stat => stat.Pid == hidden);
        run.Program.Kill();
        await run.Exit();
        Assert.True(ProcFs.TryReadStat(hidden, out var stat) && !stat.IsZombie);
        Assert.True(stat.Identity.Send(Libc.SigKill));
        await Eventually.True(() => !File.Exists($"/proc/{hidden}/stat"));
        Assert.Single(run.Sink.Exits);
    }

    [Fact]
    public async Task Ending_with_grace_lets_a_program_finish()
    {
        var run =
            _programs.Start(_programs.Shell("trap 'echo bye; exit 4' TERM; echo up; while :; do sleep 0.05; done"));
        await run.Sink.Saw("up");
        run.Program.End(TimeSpan.FromSeconds(20));
        var exit = await run.Exit();
        Assert.Equal(4, exit.Code);
        Assert.Contains("bye", run.Stdout, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ending_with_grace_kills_the_deaf_and_the_stopped()
    {
        var deaf = _programs.Start(_programs.Shell("trap '' TERM; echo up; while :; do sleep 0.05; done"));
        var stopped = _programs.Start(_programs.Shell("echo up; kill -STOP $$; sleep 300"));
        await deaf.Sink.Saw("up");
        await stopped.Sink.Saw("up");
        deaf.Program.End(TimeSpan.FromMilliseconds(100));
        stopped.Program.End(TimeSpan.FromSeconds(20));
        Assert.Equal(Libc.SigKill, (await deaf.Exit()).Signal);
        Assert.Equal(Libc.SigTerm, (await stopped.Exit()).Signal);
    }

    [Fact]
    public async Task Another_process_of_the_same_number_is_not_signalled()
    {
        var run = _programs.Start(_programs.Shell("sleep 300"));
        var identity = run.Program.Identity;
        var later = identity with { StartTicks = identity.StartTicks + 1 };
        Assert.True(identity.IsAlive());
        Assert.False(later.IsAlive());
        Assert.False(later.Send(Libc.SigKill));
        Assert.True(identity.Send(Libc.SigKill));
        Assert.Equal(Libc.SigKill, (await run.Exit()).Signal);
        Assert.False(identity.IsAlive());
    }

    [Fact]
    public async Task Orphans_that_end_while_their_program_runs_are_reaped()
    {
        var run = _programs.Start(_programs.Shell("(sh -c 'echo $$' &); sleep 300"));
        await run.Sink.Saw("\n");
        var orphan = int.Parse(run.Stdout, CultureInfo.InvariantCulture);
        await Eventually.True(() => !File.Exists($"/proc/{orphan}/stat"));
        run.Program.Kill();
        await run.Exit();
    }

    [Fact]
    public async Task What_the_application_around_us_started_is_left_alone()
    {
#pragma warning disable RS0030 // what is not started through here is what this is about
        using var own = System.Diagnostics.Process.Start("sleep", "300");
#pragma warning restore RS0030
        // Its orphan has us look at all that is ours.
        var run = await _programs.Run("(setsid sleep 300 &); sleep 0.1");
        Assert.Equal(1, (await run.Exit()).LeftBehind);
        Assert.False(own.HasExited);
        own.Kill();
        await own.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(128 + Libc.SigKill, own.ExitCode);
    }

    [Fact]
    public async Task A_fork_bomb_in_many_sessions_is_ended()
    {
        var run = _programs.Start(_programs.Shell(
            "i=0; while [ $i -lt 60 ]; do (setsid sh -c 'sleep 300 & setsid sleep 300 & sleep 300' &); i=$((i+1)); "
                + "done; echo up; sleep 300"));
        await run.Sink.Saw("up");
        run.Program.Kill();
        Assert.Equal(0, (await run.Exit()).Unkillable);
        var cookie = run.Program.Cookie!;
        Assert.DoesNotContain(ProcFs.Pids(), pid => ProcFs.HasEntry(ProcFs.Environment(pid), cookie));
    }

    [Fact]
    public void A_name_with_parentheses_and_blanks_does_not_confuse()
    {
        Assert.True(ProcFs.TryParseStat(
            "42 (a) b) (c) S 7 8 9 0 -1 4194560 1 2 3 4 50 60 0 0 20 0 1 0 12345 1000 77 18446744073709551615 1"u8,
            out var stat));
        Assert.Equal(new ProcessStat(42, 'S', 7, 8, 9, 110, 12345, 77), stat);
        Assert.False(ProcFs.TryParseStat("42 (cut) S 7 8"u8, out _));
        Assert.False(ProcFs.TryParseStat("42 (cut)"u8, out _));
    }

    /// <summary>
    /// Dead when its program is told as ended; the number is given back a moment later, as the kernel may take its
    /// time over that and nobody who waits for the program should pay for it.
    /// </summary>
    private static async Task AssertGone(Started run)
    {
        var pid = int.Parse(run.Stdout.Split('\n')[0], CultureInfo.InvariantCulture);
        var isThere = ProcFs.TryReadStat(pid, out var stat);
        Assert.True(!isThere || stat.IsZombie, $"{stat} is still there; we are {Environment.ProcessId}");
        await Eventually.True(() => !ProcFs.TryReadStat(pid, out var now) || now.StartTicks != stat.StartTicks);
    }
}
