using System.Globalization;
using Amoeba.Cells.Detached;
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

namespace Amoeba.Tests.Cells.Detached;

/// <summary>A whole job in detached cells whose workers die.</summary>
[Collection("cells")] // their programs load the machine, and orphans are told apart by what else runs
public sealed class DyingWorkersTests : IDisposable
{
    private const int Settings = 4;
    private readonly string _home = Directory.CreateTempSubdirectory("amoeba-dying-").FullName;

    /// <summary>
    /// A worker serves one task alone, so a quarter of what workers of process cells have to bear takes as long.
    /// </summary>
    private static int Deaths => int.Parse(
        Environment.GetEnvironmentVariable("AMOEBA_DEATHS") ?? "40", CultureInfo.InvariantCulture) / 4;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => TempFolder.Remove(_home);

    [Fact(Timeout = 900_000)]
    public async Task Deaths_at_any_moment_count_against_their_tasks_retries_and_nothing_else()
    {
        var places = LimitWays.Places(new MachineReader(TimeProvider.System));
        using var groups =
            new TreeGroups(KernelGroupFiles.Instance, new(places), $"test-{Guid.NewGuid():N}", Environment.ProcessId);
        var chance = new Random(4711);
        var tasks = Deaths * 4;
        await using var parent = Parent.Open(new ParentOptions
        {
            Home = Path.Combine(_home, "home"),
            Environment = EnvironmentBuilder.OfThisProcess(),
            Zones = new(Off: true),
        });
        var job = (await parent.SubmitAsync(new Submission
        {
            Plan = PlanReader.Read($$"""
                { "name": "n", "each": { "range": "1..{{tasks}}" }, "cell": "detached", "children": 4,
                  "do": { "sh": "[ -e go ] || sleep 0.5; echo $AMOEBA_ITEM" }, "limits": { "retries": 1000 }, "merge": "lines" }
                """, "test"),
            Folder = _home,
            By = "test",
        }, Cancel)).Job;
        var root = DetachedFolder.RootOf(Path.Combine(_home, "home"));
        var hit = new HashSet<ProcessIdentity>();
        while (hit.Count < Deaths)
        {
            var victims = DetachedFolder.List(root, job).Select(DetachedClaim.Read)
                .Where(claim => claim is { IsStarted: true } && !hit.Contains(claim.Process)).ToList();
            Assert.Equal(JobState.Running, parent.Store.FindJob(job)!.Status.State);
            await Task.Delay(TimeSpan.FromMilliseconds(chance.Next(100)), TimeProvider.System, Cancel);
            if (victims.Count == 0) continue;
            var victim = victims[chance.Next(victims.Count)]!.Process;
            if (End(victim, hit.Count % Settings, groups, places)) hit.Add(victim);
        }

        await File.WriteAllTextAsync(Path.Combine(_home, "go"), "", Cancel);
        Assert.Equal(JobState.Succeeded, await parent.WhenSettledAsync(job, Cancel));
        var rows = parent.Store.ReadTasks(job, 0, int.MaxValue);
        Assert.All(rows, row => Assert.Equal((TaskState.Succeeded, row.Failures + 1), (row.State, row.Attempt)));
        // One that died when its result was written is nobody's failure.
        Assert.InRange(rows.Sum(row => row.Failures), Deaths / 2, Deaths);
        using var merged = new StreamReader(parent.Outputs.Read(job, parent.Store.FindJob(job)!.Status.Output));
        Assert.Equal(Enumerable.Range(1, tasks).Select(n => n.ToString(CultureInfo.InvariantCulture)),
            (await merged.ReadToEndAsync(Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        await Eventually.True(() => DetachedFolder.List(root, null).Count == 0); // its children go when it has ended
    }

    /// <summary>SIGKILL, SIGSEGV, SIGABRT, or by the kernel for want of memory where groups may be made.</summary>
    /// <returns>False where it was gone already.</returns>
    private static bool End(ProcessIdentity worker, int way, TreeGroups groups, GroupPlaces places)
    {
        if (way == 3 && places.Memory is not null
            && ProcFs.TryReadStat(worker.Pid, out var stat) && stat.Identity == worker)
            return groups.Enter(new TreeLimits(64 << 10, null), () => [stat]) is not null;
        return worker.Send(way switch { 0 => Libc.SigKill, 1 => Libc.SigSegv, _ => Libc.SigAbrt });
    }
}
