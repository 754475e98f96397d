using Amoeba.Cells.Detached;
using Amoeba.Engine.Ports;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Processes;
using Amoeba.Secrets;
using Amoeba.Tests.Fakes;
using Amoeba.Tests.Processes;
using Parent = Amoeba.Hosting.Running.Parent;

namespace Amoeba.Tests.Cells.Detached;

/// <summary>
/// A worker that stands still loses its task, and goes on when another has it. Mostly it is ended before; here it is as
/// one that a call of the kernel holds, which no signal ends.
/// </summary>
[Collection("cells")] // their programs load the machine, and orphans are told apart by what else runs
public sealed class LateResultTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("amoeba-late-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => TempFolder.Remove(_home);

    [Fact(Timeout = 120_000)]
    public async Task What_it_says_when_it_goes_on_counts_neither_for_its_parent_nor_for_the_next_one()
    {
        string job;
        DetachedFolder first;
        await using (var parent = Open(static (_, _, _) => Task.FromResult(false)))
        {
            job = (await parent.SubmitAsync(Job("""
                { "name": "n", "cell": "detached", "limits": { "stall": "10s" }, "merge": "lines", "tasks": [
                  { "id": "a", "do": { "sh": "if [ -e first ]; then touch second; until [ -e go ]; do sleep 0.1; echo; done; echo second; else echo > first; kill -STOP $PPID; echo first; fi" } }] }
                """), Cancel)).Job;
            await Eventually.True(() => File.Exists(Path.Combine(_home, "first")));
            first = Assert.Single(DetachedFolder.List(Root, job));
            var worker = DetachedClaim.Read(first)!.Process;
            await Stopped.StandsStillAsync(worker.Pid);

            await Eventually.True(() => File.Exists(Path.Combine(_home, "second")));
            Assert.True(worker.IsAlive());
            Assert.False(File.Exists(first.Result));
            Assert.True(worker.Send(Libc.SigCont));
            await Eventually.True(() => !worker.IsAlive());
            // What it makes of being asked to end is its own affair. At worst it says that it did the task.
            var said = DetachedResult.Read(first)!;
            (said with { Outcome = new ToolOutcome(AttemptEnd.Succeeded), Signal = null }).Write(first);
            var row = parent.Store.FindTask(job, 0)!;
            Assert.Equal((TaskState.Running, 2, 1), (row.State, row.Attempt, row.Failures));
        }

        await using var next = Open();
        await next.TakeAsync(job, goOn: true, Cancel);
        Assert.False(first.Exists);
        await File.WriteAllTextAsync(Path.Combine(_home, "go"), "", Cancel);
        Assert.Equal(JobState.Succeeded, await next.WhenSettledAsync(job, Cancel));
        var ended = next.Store.FindTask(job, 0)!;
        Assert.Equal((TaskState.Succeeded, 2, 1, 0), (ended.State, ended.Attempt, ended.Failures, ended.Losses));
        using var merged = new StreamReader(next.Outputs.Read(job, next.Store.FindJob(job)!.Status.Output));
        Assert.Equal("second", (await merged.ReadToEndAsync(Cancel)).Trim('\n'));
        await Eventually.True(() => DetachedFolder.List(Root, null).Count == 0); // its children go when it has ended
    }

    private string Root => DetachedFolder.RootOf(Path.Combine(_home, "home"));

    private Submission Job(string plan) =>
        new() { Plan = PlanReader.Read(plan, "test"), Folder = _home, Yes = true, By = "test" };

    /// <param name="end">How what is left of an attempt is ended; null is as ever.</param>
    private Parent Open(Func<ForeignTree, TimeProvider, CancellationToken, Task<bool>>? end = null)
    {
        var options = new ParentOptions
        {
            Home = Path.Combine(_home, "home"),
            Environment = EnvironmentBuilder.OfThisProcess(),
            Zones = new(Off: true),
        };
        return Parent.Open(end is null ? options : options with { EndTree = end });
    }
}
