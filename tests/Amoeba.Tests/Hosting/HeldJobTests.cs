using Amoeba.Engine.Ports;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Hosting;

/// <summary>Jobs that are held, taken again, forgotten, or in need of what another parent has.</summary>
public sealed class HeldJobTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly string _home = Directory.CreateTempSubdirectory("amoeba-held-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_home, recursive: true);

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

    [Fact]
    public async Task A_parent_that_forgot_a_job_still_says_how_it_ended()
    {
        await using var parent = Open();
        var job = (await parent.SubmitAsync(Job("""{ "name": "n", "each": ["x"], "do": { "wait": 0 } }"""), Cancel)).Job;
        await Settled(parent, job);
        await Settled(parent, job);
        Assert.Equal(JobState.Succeeded, await Settled(parent, job));
    }

    [Fact]
    public async Task A_job_that_is_lost_while_it_is_taken_is_told_to_whoever_takes_it()
    {
        await using var parent = Open();
        var job = (await parent.SubmitAsync(Job("""{ "name": "n", "each": ["x"], "do": { "wait": 0 } }"""), Cancel)).Job;
        await Settled(parent, job);
        await using var late = Open(wrap: store => FaultProxy.Wrap(store, after: (method, _) =>
        {
            if (method.Name == nameof(IStore.Acquire)) Assert.NotNull(store.Acquire(job, "thief", store.FindJob(job)!.Epoch));
        }));
        await Assert.ThrowsAsync<JobBusyException>(() => late.TakeAsync(job, goOn: true, Cancel).WaitAsync(Patience, Cancel));
    }

    [Fact]
    public async Task A_second_parent_gets_its_share_while_the_first_has_work_for_all()
    {
        await using var first = Open(light: 2);
        await using var second = Open(light: 2);
        var long1 = (await first.SubmitAsync(Job("""
            { "name": "n", "each": { "range": "1..100000" }, "do": { "wait": 0.01 }, "children": 2 }
            """), Cancel)).Job;
        var quick = (await second.SubmitAsync(Job("""{ "name": "n", "each": ["x"], "do": { "wait": 0 } }"""), Cancel)).Job;
        Assert.Equal(JobState.Succeeded, await Settled(second, quick));
        Assert.Equal(JobState.Running, first.Store.FindJob(long1)!.Status.State);
    }

    private static Task<JobState> Settled(Parent parent, string job) => parent.WhenSettledAsync(job, Cancel).WaitAsync(Patience, Cancel);

    private Parent Open(int light = 256, Func<IStore, IStore>? wrap = null) => Parent.Open(new ParentOptions
    {
        Home = _home,
        Environment = EnvironmentBuilder.OfThisProcess(),
        Caps = new Lease(light, 0, 32, 2L << 30),
        Zones = new(Off: true),
        WrapStore = wrap,
    });

    private Submission Job(string plan) => new() { Plan = PlanReader.Read(plan, "test"), Folder = _home, By = "test" };
}
