using System.Globalization;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Machine;
using Amoeba.Plans;
using Amoeba.Processes;
using Amoeba.Secrets;
using Amoeba.Tests.Fakes;
using Amoeba.Tests.Processes;
using Parent = Amoeba.Hosting.Running.Parent;

namespace Amoeba.Tests.Cells.Process;

/// <summary>Whole jobs in process cells whose workers die, stand still, or have nowhere to write.</summary>
[Collection("cells")] // their programs load the machine, and orphans are told apart by what else runs
public sealed class DyingChildrenTests : IDisposable
{
    private const int Settings = 4;
    private readonly string _home = Directory.CreateTempSubdirectory("amoeba-dying-").FullName;

    /// <summary>Workers to kill; AMOEBA_DEATHS=500 kills as many.</summary>
    private static int Deaths => int.Parse(
        Environment.GetEnvironmentVariable("AMOEBA_DEATHS") ?? "40", CultureInfo.InvariantCulture);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => TempFolder.Remove(_home);

    [Fact(Timeout = 900_000)]
    public async Task Deaths_at_any_moment_count_against_their_tasks_retries_and_nothing_else()
    {
        var id = $"test-{Guid.NewGuid():N}";
        var places = LimitWays.Places(new MachineReader(TimeProvider.System));
        using var groups = new TreeGroups(KernelGroupFiles.Instance, new(places), id, Environment.ProcessId);
        var chance = new Random(4711);
        var tasks = Deaths * 20;
        await using var parent = Open();
        var job = await SubmitAsync(parent, $$"""
            { "name": "n", "each": { "range": "1..{{tasks}}" }, "cell": "process", "children": 4,
              "do": { "sh": "[ -e go ] || sleep 0.1; echo $AMOEBA_ITEM" }, "limits": { "retries": 1000 }, "merge": "lines" }
            """);
        var hit = new HashSet<string>();
        var victims = new List<ProcessIdentity>();
        while (victims.Count < Deaths)
        {
            // Not before it is ready: a death then is the cell's.
            var there = parent.Store.ListChildren().Where(child =>
                child is { Pid: not null, State: ChildState.Ready or ChildState.Busy or ChildState.Idle }
                    && !hit.Contains(child.Id)).ToList();
            Assert.Equal(JobState.Running, parent.Store.FindJob(job)!.Status.State);
            await Task.Delay(TimeSpan.FromMilliseconds(chance.Next(40)), TimeProvider.System, Cancel);
            if (there.Count == 0) continue;
            var victim = there[chance.Next(there.Count)];
            hit.Add(victim.Id);
            // Gone meanwhile, it was let go of: nobody's death.
            if (End(victim.Pid!.Value, victims.Count % Settings, groups, places) is { } ended) victims.Add(ended);
        }

        await Eventually.True(() => victims.TrueForAll(victim => !victim.IsAlive()));
        await File.WriteAllTextAsync(Path.Combine(_home, "go"), "", Cancel);
        Assert.Equal(JobState.Succeeded, await parent.WhenSettledAsync(job, Cancel));
        var rows = parent.Store.ReadTasks(job, 0, int.MaxValue);
        Assert.All(rows, row => Assert.Equal((TaskState.Succeeded, row.Failures + 1), (row.State, row.Attempt)));
        // One that died between two tasks is nobody's failure.
        Assert.InRange(rows.Sum(row => row.Failures), Deaths / 4, Deaths);
        Assert.Equal(
            Enumerable.Range(1, tasks).Select(n => n.ToString(CultureInfo.InvariantCulture)),
            Merged(parent, job).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory(Timeout = 120_000)]
    [InlineData("SEGV", "signal SEGV (11)")]
    [InlineData("ABRT", "signal ABRT (6)")]
    [InlineData("KILL", "signal KILL (9)")]
    public async Task A_task_that_ends_every_worker_it_meets_is_given_up_with_the_evidence_and_the_others_go_on(
        string signal, string reason)
    {
        await using var parent = Open();
        var job = await SubmitAsync(parent, $$"""
            { "name": "n", "each": ["a", "bad", "c", "d"], "cell": "process", "children": 2, "limits": { "retries": 2 },
              "do": { "sh": "if [ $AMOEBA_ITEM = bad ]; then kill -{{signal}} $PPID; sleep 60; fi; echo $AMOEBA_ITEM" } }
            """);
        Assert.Equal(JobState.Failed, await parent.WhenSettledAsync(job, Cancel));
        var rows = parent.Store.ReadTasks(job, 0, int.MaxValue);
        Assert.Equal([TaskState.Succeeded, TaskState.Failed, TaskState.Succeeded, TaskState.Succeeded],
            rows.Select(row => row.State));
        Assert.Equal((3, $"child lost: {reason} (it is given up: 3 children died at it)"),
            (rows[1].Attempt, rows[1].Error));
        Assert.Equal([1, 1, 1], new[] { rows[0], rows[2], rows[3] }.Select(row => row.Attempt));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_worker_that_stands_still_too_long_loses_its_task_to_another_and_its_late_word_does_not_count()
    {
        await using var parent = Open();
        var job = await SubmitAsync(parent, """
            { "name": "n", "each": ["stops", "slow"], "cell": "process", "children": 2, "limits": { "stall": "6s" },
              "do": { "sh": "if [ $AMOEBA_ITEM = slow ]; then for i in 1 2 3 4 5 6 7 8; do sleep 0.4; echo $i; done; elif [ -e first ]; then touch second; until [ -e go ]; do sleep 0.1; echo; done; echo second; else echo $PPID > first; kill -STOP $PPID; sleep 10; echo first; fi" },
              "merge": "lines" }
            """);
        await Eventually.True(() => File.Exists(Path.Combine(_home, "second")));
        // By now it goes on, if it is there: not before it was ended did another begin.
        var first =
            int.Parse(await File.ReadAllTextAsync(Path.Combine(_home, "first"), Cancel), CultureInfo.InvariantCulture);
        Assert.False(ProcFs.TryReadStat(first, out var stat) && !stat.IsZombie);
        _ = Libc.Kill(first, Libc.SigCont);
        await File.WriteAllTextAsync(Path.Combine(_home, "go"), "", Cancel);
        Assert.Equal(JobState.Succeeded, await parent.WhenSettledAsync(job, Cancel));
        var rows = parent.Store.ReadTasks(job, 0, int.MaxValue);
        Assert.Equal([(2, 1), (1, 0)], rows.Select(row => (row.Attempt, row.Failures)));
        Assert.Equal("second\n1\n2\n3\n4\n5\n6\n7\n8\n", Merged(parent, job).TrimStart('\n'));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_full_disk_stops_the_parent_and_leaves_no_child_and_a_job_to_resume()
    {
        var home = Path.Combine(_home, "small");
        using var disk = SmallDisk.Mount(home, 4 << 20);
        string job;
        int[] workers;
        await using (var parent = Open(home))
        {
            job = await SubmitAsync(parent, """
                { "name": "n", "each": ["1", "2"], "cell": "process", "children": 2, "do": { "sh": "echo $PPID >> workers; head -c 9000000 /dev/zero; sleep 60" } }
                """);
            await parent.Failed.WaitAsync(Cancel)
                .ContinueWith(_ => { }, Cancel, TaskContinuationOptions.None, TaskScheduler.Default);
            workers =
                [.. (await File.ReadAllLinesAsync(Path.Combine(_home, "workers"), Cancel)).Select(
                    line => int.Parse(line, CultureInfo.InvariantCulture))];
        }

        Assert.NotEmpty(workers);
        await Eventually.True(
            () => !Array.Exists(workers, pid => ProcFs.TryReadStat(pid, out var stat) && !stat.IsZombie));
        using var store = Amoeba.Stores.Sqlite.SqliteStore.Open(new HomeFolder(home).Store);
        Assert.Equal(0, store.FindJob(job)!.Status.Counts.Succeeded);
    }

    /// <summary>SIGKILL, SIGSEGV, SIGABRT, or by the kernel for want of memory where groups may be made.</summary>
    /// <returns>Null where it was gone before.</returns>
    private static ProcessIdentity? End(int pid, int way, TreeGroups groups, GroupPlaces places)
    {
        if (!ProcFs.TryReadStat(pid, out var stat) || stat.IsZombie) return null;
        if (way == 3 && places.Memory is not null)
            return groups.Enter(new TreeLimits(64 << 10, null), () => [stat]) is null ? null : stat.Identity;
        stat.Identity.Send(way switch { 0 => Libc.SigKill, 1 => Libc.SigSegv, _ => Libc.SigAbrt });
        return stat.Identity;
    }

    private Parent Open(string? home = null) => Parent.Open(new ParentOptions
    {
        Home = home ?? Directory.CreateDirectory(Path.Combine(_home, "home")).FullName,
        Environment = EnvironmentBuilder.OfThisProcess(),
        Zones = new(Off: true),
    });

    private async Task<string> SubmitAsync(Parent parent, string plan) => (await parent.SubmitAsync(
        new Submission { Plan = PlanReader.Read(plan, "test"), Folder = _home, By = "test" }, Cancel)).Job;

    private static string Merged(Parent parent, string job)
    {
        using var bytes = parent.Outputs.Read(job, parent.Store.FindJob(job)!.Status.Output);
        return new StreamReader(bytes).ReadToEnd();
    }
}
