using Amoeba.Engine.Ports;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.Tests.Fakes;
using Eventually = Amoeba.Tests.Processes.Eventually;

namespace Amoeba.Tests.Hosting;

/// <summary>Jobs that are held, taken again, forgotten, or in need of what another parent has.</summary>
public sealed class HeldJobTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private readonly string _home = Directory.CreateTempSubdirectory("amoeba-held-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => TempFolder.Remove(_home);

    [Fact]
    public async Task A_job_that_was_held_for_its_retry_runs_when_it_is_taken_to_go_on()
    {
        await using var parent = Open();
        var flag = Path.Combine(_home, "flag");
        var job = (await parent.SubmitAsync(Job($$"""
            { "name": "n", "each": ["x"], "do": { "sh": "test -e {{flag}}" }, "limits": { "retries": 0 } }
            """), Cancel)).Job;
        Assert.Equal(JobState.Failed, await Settled(parent, job));
        await File.WriteAllTextAsync(flag, "", Cancel);
        await parent.TakeAsync(job, goOn: false, Cancel);
        Assert.Null(await parent.AskAsync(job, "retry", null, "test", Cancel));
        await parent.TakeAsync(job, goOn: true, Cancel);
        Assert.Equal(JobState.Succeeded, await Settled(parent, job));
    }

    [Theory]
    [InlineData("""["a", "b", "c"]""")]
    [InlineData("""{ "from": "list" }""")]
    public async Task A_job_whose_items_are_gone_says_so_and_can_be_cancelled(string each)
    {
        string job;
        await using (var first = Open())
        {
            job = (await first.SubmitAsync(Job($$"""
                { "name": "n", "children": 1, "tasks": [
                    { "id": "list", "do": { "sh": "seq 1 3" } },
                    { "id": "work", "needs": [{{(each[0] == '[' ? "\"list\"" : "")}}], "each": {{each}}, "do": { "sh": "test $AMOEBA_INDEX = 0 || sleep 60" } } ] }
                """), Cancel)).Job;
            await Eventually.True(() => first.Store.FindJob(job)!.Status.Counts is { Succeeded: 2, Running: 1 });
            await first.StopAsync(TimeSpan.Zero);
        }

        Directory.Delete(new HomeFolder(_home).Spool(job), recursive: true);
        await using (var second = Open())
        {
            var lacks =
                await Assert.ThrowsAsync<StoreUnusableException>(() => second.TakeAsync(job, goOn: true, Cancel));
            Assert.Contains($"`amoeba cancel {job}`", lacks.Message, StringComparison.Ordinal);
            Assert.Null(await second.CancelUnheldAsync(job, null, "ada", Assert.Fail, Cancel));
            Assert.Contains("ended already",
                await second.CancelUnheldAsync(job, null, "ada", Assert.Fail, Cancel), StringComparison.Ordinal);
        }

        await using var third = Open();
        var stored = third.Store.FindJob(job)!;
        Assert.Equal((JobState.Cancelled, "cancelled by ada", null),
            (stored.Status.State, stored.Status.Reason, stored.Owner));
        Assert.Equal((4, 0, 2, 2),
            (stored.Status.Counts.Total, stored.Status.Counts.Running,
                stored.Status.Counts.Succeeded, stored.Status.Counts.Cancelled));
        Assert.DoesNotContain(third.Store.ReadTasks(job, 0, 10), row => !TaskLife.IsEnded(row.State));
        Assert.Contains(third.Store.ListAudit(job, 10), entry => entry is { Who: "ada", What: "cancel" });
        var again = await Assert.ThrowsAsync<StoreUnusableException>(() => third.TakeAsync(job, goOn: false, Cancel));
        Assert.Contains("cannot be tried again", again.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_parent_that_forgot_a_job_still_says_how_it_ended()
    {
        await using var parent = Open();
        var job =
            (await parent.SubmitAsync(Job("""{ "name": "n", "each": ["x"], "do": { "wait": 0 } }"""), Cancel)).Job;
        await Settled(parent, job);
        await Settled(parent, job);
        Assert.Equal(JobState.Succeeded, await Settled(parent, job));
    }

    [Fact]
    public async Task A_job_that_is_lost_while_it_is_taken_is_told_to_whoever_takes_it()
    {
        await using var parent = Open();
        var job =
            (await parent.SubmitAsync(Job("""{ "name": "n", "each": ["x"], "do": { "wait": 0 } }"""), Cancel)).Job;
        await Settled(parent, job);
        await using var late = Open(wrap: store => FaultProxy.Wrap(store, after: (method, _) =>
        {
            if (method.Name == nameof(IStore.Acquire))
                Assert.NotNull(store.Acquire(job, "thief", store.FindJob(job)!.Epoch));
        }));
        await Assert.ThrowsAsync<JobBusyException>(
            () => late.TakeAsync(job, goOn: true, Cancel).WaitAsync(Patience, Cancel));
    }

    [Fact]
    public async Task A_job_that_was_taken_and_cannot_be_gone_on_with_is_given_back()
    {
        var job = await InterruptedAsync();
        var spool = new HomeFolder(_home).Spool(job);
        Directory.Move(spool, spool + ".away");
        await using (var late = Open())
        {
            await Assert.ThrowsAnyAsync<StoreUnusableException>(() => late.TakeAsync(job, goOn: true, Cancel));
            Assert.Null(late.Store.FindJob(job)!.Owner);
            Directory.Move(spool + ".away", spool);
            await late.TakeAsync(job, goOn: true, Cancel); // by the same, and as well by another
            Assert.Equal(JobState.Succeeded, await Settled(late, job));
        }
    }

    [Fact]
    public async Task A_job_is_busy_while_something_of_its_last_parent_cannot_be_ended()
    {
        var job = await InterruptedAsync(dies: true);
        var clean = false;
        await using var late = Open(sweep: (_, _, _) => Task.FromResult((0, clean)));
        var owner = late.Store.FindJob(job)!.Owner!;
        var busy = await Assert.ThrowsAsync<JobBusyException>(() => late.TakeAsync(job, goOn: true, Cancel));
        Assert.Contains($"last parent {owner} left cannot be", busy.Message, StringComparison.Ordinal);
        Assert.Equal(owner, late.Store.FindJob(job)!.Owner);
        clean = true;
        await late.TakeAsync(job, goOn: true, Cancel);
        Assert.Equal(JobState.Succeeded, await Settled(late, job));
    }

    /// <summary>A job that was interrupted; or whose parent's name is on it, as one that died leaves it.</summary>
    private async Task<string> InterruptedAsync(bool dies = false)
    {
        await using var parent = Open();
        var flag = Path.Combine(_home, "flag");
        var job = (await parent.SubmitAsync(Job($$"""
            { "name": "n", "each": ["x", "y"], "do": { "sh": "while [ ! -e {{flag}} ]; do sleep 0.02; done" } }
            """), Cancel)).Job;
        await parent.StopAsync(TimeSpan.Zero);
        if (dies) Assert.NotNull(parent.Store.Acquire(job, "dead-parent", parent.Store.FindJob(job)!.Epoch));
        await File.WriteAllTextAsync(flag, "", Cancel);
        return job;
    }

    [Fact]
    public async Task A_second_parent_gets_its_share_while_the_first_has_work_for_all()
    {
        await using var first = Open(light: 2);
        await using var second = Open(light: 2);
        var long1 = (await first.SubmitAsync(Job("""
            { "name": "n", "each": { "range": "1..100000" }, "do": { "wait": 0.01 }, "children": 2 }
            """), Cancel)).Job;
        var quick =
            (await second.SubmitAsync(Job("""{ "name": "n", "each": ["x"], "do": { "wait": 0 } }"""), Cancel)).Job;
        Assert.Equal(JobState.Succeeded, await Settled(second, quick));
        Assert.Equal(JobState.Running, first.Store.FindJob(long1)!.Status.State);
    }

    private static Task<JobState> Settled(Parent parent, string job) =>
        parent.WhenSettledAsync(job, Cancel).WaitAsync(Patience, Cancel);

    private Parent Open(
        int light = 256, Func<IStore, IStore>? wrap = null,
        Func<string, TimeProvider, CancellationToken, Task<(int, bool)>>? sweep = null) =>
        Parent.Open(new ParentOptions
        {
            Sweep = sweep ?? LeftBehind.SweepAsync,
            Home = _home,
            Environment = EnvironmentBuilder.OfThisProcess(),
            Caps = new Lease(light, 0, 32, 2L << 30),
            Zones = new(Off: true),
            WrapStore = wrap,
        });

    private Submission Job(string plan) => new() { Plan = PlanReader.Read(plan, "test"), Folder = _home, By = "test" };
}
