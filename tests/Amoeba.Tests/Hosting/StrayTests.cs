using Amoeba.Cells.Detached;
using Amoeba.Engine.Ports;
using Amoeba.Hosting;
using Amoeba.Hosting.Remains;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Processes;
using Amoeba.Secrets;
using Amoeba.Stores.Sqlite;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Fakes;
using Eventually = Amoeba.Tests.Processes.Eventually;

namespace Amoeba.Tests.Hosting;

/// <summary>Detached workers whose parent gave them up and died before it told them.</summary>
[Collection("cells")]
public sealed class StrayTests : IDisposable
{
    private const string Busy =
        """{ "name": "n", "cell": "detached", "tasks": [{ "id": "a", "do": { "sh": "echo $$ > up; exec sleep 300" } }] }""";

    private readonly string _home = Directory.CreateTempSubdirectory("amoeba-stray-").FullName;
    private readonly HashSet<string> _living = [];
    private readonly Signal _up;

    public StrayTests() => _up = new Signal(Path.Combine(_home, "up"));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => TempFolder.Remove(_home);

    [Fact(Timeout = 60_000)]
    public async Task One_of_a_cancelled_job_is_ended_by_the_next_parent_that_starts()
    {
        var (_, pid) = await CancelAndDieAsync();
        await using var next = Open();
        await Eventually.True(() => !CellRig.IsAlive(pid));
    }

    [Fact(Timeout = 60_000)]
    public async Task One_of_a_cancelled_job_is_ended_by_whoever_buries_the_dead_parent()
    {
        // Opened before the other died, it looks for dead parents when one of them may hold what it wants.
        await using var other = Open();
        var (_, pid) = await CancelAndDieAsync();
        await other.SubmitAsync(
            Job("""{ "name": "n", "cell": "process", "each": ["x", "y"], "children": 2, "do": { "wait": 300 } }"""),
            Cancel);
        await Eventually.True(() => !CellRig.IsAlive(pid));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_job_that_cannot_be_held_is_cancelled_only_when_what_it_left_running_has_ended()
    {
        string job;
        int pid;
        await using (var parent = Open())
        {
            var heard = _up.PidAsync();
            job = (await parent.SubmitAsync(Job(Busy), Cancel)).Job;
            pid = await heard;
        }

        var ends = false;
        await using var next = Parent.Open(new ParentOptions
        {
            Home = _home,
            Environment = EnvironmentBuilder.OfThisProcess(),
            Zones = new(Off: true),
            EndTree = (tree, time, cancel) => ends ? tree.EndAsync(time, cancel) : Task.FromResult(false),
        });
        var busy = await Assert.ThrowsAsync<JobBusyException>(() => CancelAsync(next));
        Assert.StartsWith($"job {job}: a detached attempt cannot be ended (", busy.Message, StringComparison.Ordinal);
        var stored = next.Store.FindJob(job)!;
        Assert.Equal((JobState.Interrupted, null), (stored.Status.State, stored.Owner));
        Assert.True(CellRig.IsAlive(pid));

        ends = true;
        Assert.Null(await CancelAsync(next));
        Assert.Equal(JobState.Cancelled, next.Store.FindJob(job)!.Status.State);
        Assert.False(CellRig.IsAlive(pid));
        Assert.Equal($"job {job} has ended already: cancelled", await CancelAsync(next));

        Task<string?> CancelAsync(Parent by) => by.CancelUnheldAsync(job, null, "test", _ => { }, Cancel);
    }

    [Fact(Timeout = 60_000)]
    public async Task Who_asked_and_got_no_answer_hears_that_it_is_done_and_it_is()
    {
        var (job, pid) = await CancelAndDieAsync();
        await using var next = Open();
        var failed = next.Store.FindJob(job)!.Owner!;
        Assert.Null(await next.CancelUnheldAsync(job, null, "test", Assert.Fail, Cancel, asked: [failed]));
        Assert.False(CellRig.IsAlive(pid));
        var stored = next.Store.FindJob(job)!;
        Assert.Equal((JobState.Cancelled, null), (stored.Status.State, stored.Owner));
        Assert.Empty(DetachedFolder.List(DetachedFolder.RootOf(_home), job));
    }

    [Fact(Timeout = 60_000)]
    public async Task What_another_parent_has_taken_since_is_left_to_that_one()
    {
        await using var other = Open();
        var heard = _up.PidAsync();
        var job = (await other.SubmitAsync(Job(Busy), Cancel)).Job;
        var pid = await heard;
        await using var late = Open();
        var busy = await Assert.ThrowsAsync<JobBusyException>(
            () => late.CancelUnheldAsync(job, null, "test", Assert.Fail, Cancel, asked: ["another"]));
        Assert.StartsWith($"job {job} was just taken by another parent; ", busy.Message, StringComparison.Ordinal);
        Assert.True(CellRig.IsAlive(pid));
        var stored = late.Store.FindJob(job)!;
        Assert.Equal((JobState.Running, other.Id), (stored.Status.State, stored.Owner));
        Assert.Null(await other.AskAsync(job, "cancel", null, "test", Cancel));
        await Eventually.True(() => !CellRig.IsAlive(pid));
    }

    [Fact(Timeout = 60_000)]
    public async Task Whoever_cancels_the_job_once_more_ends_it()
    {
        await using var next = Open();
        var (job, pid) = await CancelAndDieAsync();
        await next.TakeAsync(job, goOn: false, Cancel);
        Assert.False(CellRig.IsAlive(pid));
        Assert.Equal($"job {job} has ended already: cancelled",
            await next.AskAsync(job, "cancel", null, "test", Cancel));
    }

    [Fact(Timeout = 60_000)]
    public async Task Whoever_takes_another_job_of_the_dead_parent_ends_it()
    {
        await using var next = Open();
        var other = "";
        var (_, pid) = await CancelAndDieAsync(async parent => other =
            (await parent.SubmitAsync(Job("""{ "name": "n", "each": ["x"], "do": { "wait": 300 } }"""), Cancel)).Job);
        await next.TakeAsync(other, goOn: false, Cancel);
        Assert.False(CellRig.IsAlive(pid));
    }

    [Fact(Timeout = 60_000)]
    public async Task One_of_a_job_that_its_first_failure_ended_is_ended_too()
    {
        int pid;
        await using (var parent = Open(store => DyingAt(store, JobState.Failed)))
        {
            var heard = _up.PidAsync();
            await parent.SubmitAsync(Job("""
                { "name": "n", "cell": "detached", "on_failure": "stop", "children": 2, "limits": { "retries": 0 }, "tasks": [
                  { "id": "a", "do": { "sh": "echo $$ > up; exec sleep 300" } },
                  { "id": "b", "do": { "sh": "while [ ! -e go ]; do sleep 0.02; done; exit 1" } }] }
                """), Cancel);
            pid = await heard;
            await File.WriteAllTextAsync(Path.Combine(_home, "go"), "", Cancel);
            await Assert.ThrowsAsync<StoreUnusableException>(() => parent.Failed);
        }

        Assert.True(CellRig.IsAlive(pid));
        await FreeAsync();
        await using var next = Open();
        await Eventually.True(() => !CellRig.IsAlive(pid));
    }

    [Fact(Timeout = 60_000)]
    public async Task While_its_parent_lives_it_is_left_to_that_one()
    {
        var (_, pid) = await CancelAndDieAsync();
        using var store = SqliteStore.OpenReadOnly(Path.Combine(_home, "amoeba.db"));
        var lives = true;
        var remains = new DetachedRemains(_home, store.Reader, _ => lives, TimeProvider.System);
        Assert.Equal(0, await remains.EndUnownedAsync(Cancel));
        Assert.Null(remains.WhyUnowned(Assert.Single(remains.List(null))));
        Assert.True(CellRig.IsAlive(pid));
        lives = false;
        Assert.Equal(1, await remains.EndUnownedAsync(Cancel));
        Assert.False(CellRig.IsAlive(pid));
    }

    [Fact(Timeout = 60_000)]
    public async Task One_whose_row_still_runs_is_left_for_whoever_takes_its_job()
    {
        string job;
        int pid;
        await using (var parent = Open())
        {
            var heard = _up.PidAsync();
            job = (await parent.SubmitAsync(Job(Busy), Cancel)).Job;
            pid = await heard;
        }

        await using var next = Open();
        var remains = new DetachedRemains(_home, next.Store, _ => false, TimeProvider.System);
        Assert.Equal(0, await remains.EndUnownedAsync(Cancel));
        Assert.True(CellRig.IsAlive(pid));
        await next.TakeAsync(job, goOn: false, Cancel);
        Assert.Null(await next.AskAsync(job, "cancel", null, "test", Cancel));
        await Eventually.True(() => !CellRig.IsAlive(pid));
    }

    /// <summary>
    /// A parent dies when the disk has that its job is cancelled, and its detached child was told nothing yet.
    /// </summary>
    private async Task<(string Job, int Pid)> CancelAndDieAsync(Func<Parent, Task>? first = null)
    {
        string job;
        int pid;
        await using (var parent = Open(store => DyingAt(store, JobState.Cancelled)))
        {
            if (first is not null) await first(parent);
            var heard = _up.PidAsync();
            job = (await parent.SubmitAsync(Job(Busy), Cancel)).Job;
            pid = await heard;
            await Assert.ThrowsAsync<StoreUnusableException>(
                () => parent.AskAsync(job, "cancel", null, "test", Cancel));
        }

        Assert.True(CellRig.IsAlive(pid));
        await FreeAsync();
        return (job, pid);
    }

    /// <summary>Its guardian holds the lock for as long as it looks around, and this very process lives.</summary>
    private async Task FreeAsync()
    {
        foreach (var path in Directory.GetFiles(Path.Combine(_home, "run", "parents")))
        {
            await Eventually.True(() => !ParentLock.IsHeld(path) || _living.Contains(path));
        }
    }

    private static IStore DyingAt(IStore store, JobState state) => FaultProxy.Wrap(store, after: (method, _) =>
    {
        if (method.Name == nameof(IStore.Commit) && store.ListJobs([state], 1).Count > 0)
            throw new StoreUnusableException("the parent dies here");
    });

    private Parent Open(Func<IStore, IStore>? wrap = null)
    {
        var parent =
            Parent.Open(
                new ParentOptions
                {
                    Home = _home,
                    Environment = EnvironmentBuilder.OfThisProcess(),
                    Zones = new(Off: true),
                    Caps = new Lease(256, 2, 32, 2L << 30),
                    WrapStore = wrap
                });
        if (wrap is null) _living.Add(ParentLock.PathOf(_home, parent.Id));
        return parent;
    }

    private Submission Job(string plan) =>
        new() { Plan = PlanReader.Read(plan, "test"), Folder = _home, Yes = true, By = "test" };
}
