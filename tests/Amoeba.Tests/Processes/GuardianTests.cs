using System.Globalization;
using Amoeba.Processes;

namespace Amoeba.Tests.Processes;

public sealed class GuardianTests : IDisposable
{
    private readonly Programs _programs = new();
    private readonly string _id = $"test-{Guid.NewGuid():N}";

    public void Dispose() => _programs.Dispose();

    private string LockFile => ParentLock.PathOf(_programs.Folder, _id);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lock_is_held_by_one_and_free_afterwards()
    {
        Assert.False(ParentLock.IsHeld(LockFile));
        using (var held = ParentLock.TryAcquire(LockFile))
        {
            Assert.NotNull(held);
            Assert.True(ParentLock.IsHeld(LockFile));
            Assert.Null(ParentLock.TryAcquire(LockFile));
        }

        // A program that another test starts at this moment has a copy until it executes.
        await Eventually.True(() => !ParentLock.IsHeld(LockFile));
    }

    [Fact]
    public async Task Waiting_for_a_lock_ends_when_it_is_free_or_the_time_is_over()
    {
        var held = ParentLock.TryAcquire(LockFile)!;
        Assert.False(
            await ParentLock.WaitUntilFree(LockFile, TimeSpan.FromMilliseconds(30), TimeProvider.System, Cancel));
        var waiting = ParentLock.WaitUntilFree(LockFile, TimeSpan.FromMinutes(1), TimeProvider.System, Cancel);
        held.Dispose();
        Assert.True(await waiting);
    }

    [Fact]
    public async Task An_orderly_end_leaves_neither_guardian_nor_lock_file()
    {
        int guardian;
        using (var parent = new Parent(_programs.Folder, _id))
        {
            Assert.Null(parent.Guardian.Pid);
            await parent.Run("true");
            guardian = parent.Guardian.Pid!.Value;
            Assert.True(ParentLock.IsHeld(LockFile));
        }

        // Our end waits two seconds for its, which is not always enough where much else runs.
        await Eventually.True(() => !IsAlive(guardian));
        Assert.False(File.Exists(LockFile));
    }

    [Fact]
    public async Task A_killed_guardian_is_replaced_and_holds_the_lock_again()
    {
        using var parent = new Parent(_programs.Folder, _id);
        await parent.Run("true");
        var first = parent.Guardian.Pid!.Value;
        var replaced = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        parent.Guardian.Replaced += worked => replaced.TrySetResult(worked);
        // It does not hear what a terminal or a supervisor sends to everyone.
        foreach (var signal in (int[])[Libc.SigHup, Libc.SigInt, Libc.SigTerm])
            Assert.Equal(0, Libc.Kill(first, signal));
        Assert.Equal(0, Libc.Kill(first, Libc.SigKill));
        Assert.True(await replaced.Task.WaitAsync(Programs.Patience, Cancel));
        Assert.NotEqual(first, parent.Guardian.Pid);
        await AssertHoldsLock(parent.Guardian.Pid!.Value);
    }

    [Fact]
    public async Task Nothing_of_the_parent_survives_its_kill_and_then_the_lock_is_free()
    {
        var (parent, pids) = await StartParent(
            "sleep 300 & setsid sleep 300 & (setsid sh -c 'sleep 300 & sleep 300' &) ; env -i /bin/sleep 300 & trap "
                + "'' TERM HUP; sleep 300");
        Assert.True(pids.Length >= 6);
        Assert.True(ParentLock.IsHeld(LockFile));
        var start = TimeProvider.System.GetTimestamp();
        await KillAndWaitForLock(parent);
        TestContext.Current.TestOutputHelper?.WriteLine($"{TimeProvider.System.GetElapsedTime(start)}");
        Assert.All(pids, pid => Assert.False(IsAlive(pid)));
        Assert.Empty(Leftovers.Find(_id));
    }

    [Fact]
    public async Task What_a_parent_left_to_say_last_is_said_after_all_else_is_ended()
    {
        var told = Path.Combine(_programs.Folder, "told");
        var (parent, _) = await StartParent("sleep 300", $"echo 'two  words' \"and $((1 + 1))\" >'{told}'");
        await KillAndWaitForLock(parent);
        Assert.Equal("two  words and 2\n", await File.ReadAllTextAsync(told, Cancel));
    }

    [Fact]
    public async Task A_guardian_that_takes_the_place_of_another_is_told_it_too_and_what_was_taken_back_is_not_said()
    {
        string Told(string word) => Path.Combine(_programs.Folder, word);
        using (var parent = new Parent(_programs.Folder, _id))
        {
            parent.Guardian.Leave($"echo >'{Told("first")}'");
            await parent.Run("true");
            var replaced = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            parent.Guardian.Replaced += _ => replaced.TrySetResult();
            Assert.Equal(0, Libc.Kill(parent.Guardian.Pid!.Value, Libc.SigKill));
            await replaced.Task.WaitAsync(Programs.Patience, Cancel);
        }

        Assert.True(await ParentLock.WaitUntilFree(LockFile, Programs.Patience, TimeProvider.System, Cancel));
        Assert.True(File.Exists(Told("first")));

        using (var parent = new Parent(_programs.Folder, _id))
        {
            parent.Guardian.Leave($"echo >'{Told("second")}'");
            await parent.Run("true");
            parent.Guardian.Leave(null);
        }

        await Eventually.True(() => !ParentLock.IsHeld(LockFile));
        Assert.False(File.Exists(Told("second")));
    }

    [Fact]
    public async Task A_detached_child_survives()
    {
        var (parent, pids) = await StartParent("AMOEBA_DETACHED=1 setsid sleep 300 & sleep 300");
        await KillAndWaitForLock(parent);
        var survivor = Assert.Single(pids, IsAlive);
        Assert.Empty(Leftovers.Find(_id));
        Assert.Equal(0, Libc.Kill(survivor, Libc.SigKill));
    }

    [Fact]
    public async Task When_parent_and_guardian_died_together_the_next_owner_sweeps()
    {
        var (parent, pids) = await StartParent("setsid sleep 300 & sleep 300");
        // The parent stands still while its guardian is killed: nobody is left to replace it.
        Assert.Equal(0, Libc.Kill(parent, Libc.SigStop));
        await Stopped.StandsStillAsync(parent);
        var guardian = Assert.Single(ProcFs.Pids(), pid => GuardianOf(pid) == _id);
        Assert.Equal(0, Libc.Kill(guardian, Libc.SigKill));
        await KillAndWaitForLock(parent);
        Assert.Contains(pids, IsAlive);
        var (killed, clean) = await Leftovers.SweepAsync(_id, TimeProvider.System, Cancel);
        Assert.True(clean);
        Assert.True(killed >= 2);
        Assert.All(pids, pid => Assert.False(IsAlive(pid)));
    }

    [Fact]
    public async Task The_script_also_works_with_a_grep_that_cannot_split_at_zeros()
    {
        var tools = Directory.CreateDirectory(Path.Combine(_programs.Folder, "tools")).FullName;
        var grep = Path.Combine(tools, "grep");
        // A program writes it: what another test starts while we write has it open, and it could not be executed then.
        var written = await _programs.Run(
            $"printf '#!/bin/sh\\ncase $1 in *z*) exit 2 ;; esac\\nexec /usr/bin/grep \"$@\"\\n' > {grep}; "
                + $"chmod +x {grep}");
        Assert.True(written.Sink.Exits[0].Succeeded);
        var child = _programs.Start(_programs.Shell("echo up; sleep 300", $"AMOEBA_PARENT_ID={_id}"));
        await child.Sink.Saw("up");
        // No pipe at 3 is one that is at its end.
        var script = GuardianScript.Text;
        var guardian = await _programs.Run(new ProgramStart(
            "/bin/sh", ["-c", script, "guardian", $"AMOEBA_PARENT_ID={_id}", "AMOEBA_DETACHED=1", _id],
            [$"PATH={tools}:/usr/bin:/bin"], "/"));
        Assert.Equal(0, guardian.Sink.Exits[0].Code);
        Assert.Equal(Libc.SigKill, (await child.Exit()).Signal);
    }

    /// <summary>Starts a parent of its own that runs the script; returns it, and all that carries its cookie.</summary>
    private async Task<(int Parent, int[] Pids)> StartParent(string script, string? last = null)
    {
        var keeper = _programs.Start(ParentMode.Keeper(_programs.Folder, _id, script, last));
        await keeper.Sink.Saw(" up\n");
        var marked = ProcFs.Pids()
            .Where(pid => ProcFs.HasEntry(ProcFs.Environment(pid), ProcFs.Cookie($"AMOEBA_PARENT_ID={_id}")));
        var pids = Leftovers.Find(_id).Select(stat => stat.Pid).Union(marked).ToArray();
        return (int.Parse(keeper.Stdout.Split(' ')[0], CultureInfo.InvariantCulture), pids);
    }

    private async Task KillAndWaitForLock(int parent)
    {
        Assert.Equal(0, Libc.Kill(parent, Libc.SigKill));
        Assert.True(await ParentLock.WaitUntilFree(LockFile, Programs.Patience, TimeProvider.System, Cancel));
    }

    private async Task AssertHoldsLock(int guardian)
    {
        string? target = null;
        await Eventually.True(() => (target = ProcFs.LinkOf(guardian, 4)) is not null);
        Assert.Equal(LockFile, target);
    }

    private static bool IsAlive(int pid) => ProcFs.TryReadStat(pid, out var stat) && !stat.IsZombie;

    private static string? GuardianOf(int pid)
    {
        try
        {
            var words = File.ReadAllText(FormattableString.Invariant($"/proc/{pid}/cmdline")).Split('\0');
            return words[0] == "amoeba-guardian" ? words[^2] : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
