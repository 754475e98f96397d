using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Hosting;

/// <summary>Parents that want more of the shared caps than there is, on one store.</summary>
public sealed class SharedCapsTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly string _home = Directory.CreateTempSubdirectory("amoeba-caps-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => TempFolder.Remove(_home);

    [Fact]
    public async Task Two_parents_whose_tasks_need_more_than_half_of_the_memory_both_finish()
    {
        var caps = new Lease(16, 0, 16, 100 << 20);
        await using var first = Open(caps);
        await using var second = Open(caps);
        var jobs = new List<Task<JobState>>();
        foreach (var parent in (Parent[])[first, second, first, second])
        {
            var job = await parent.SubmitAsync(Job("""
                {
                  "name": "n", "each": ["x", "y"], "do": { "wait": 0.05 }, "estimate": { "memory": "60MB" }, "children": 2
                }
                """), Cancel);
            jobs.Add(parent.WhenSettledAsync(job.Job, Cancel).WaitAsync(Patience, Cancel));
        }

        Assert.All(await Task.WhenAll(jobs), state => Assert.Equal(JobState.Succeeded, state));
    }

    [Fact]
    public async Task Two_parents_with_one_slot_for_programs_take_turns()
    {
        var caps = new Lease(16, 0, 1, 2L << 30);
        await using var first = Open(caps);
        await using var second = Open(caps);
        // Nobody does anything before both are there, however long the second one's submission takes.
        string order = Path.Combine(_home, "order"), go = Path.Combine(_home, "go");
        var jobs = new List<Task<JobState>>();
        foreach (var (parent, name) in ((Parent, string)[])[(first, "a"), (second, "b")])
        {
            var job = await parent.SubmitAsync(Job($$"""
                {
                  "name": "n", "each": { "range": "1..8" }, "children": 4,
                  "do": { "sh": "until [ -e {{go}} ]; do sleep 0.02; done; echo {{name}} >> {{order}}; sleep 0.2" }
                }
                """), Cancel);
            jobs.Add(parent.WhenSettledAsync(job.Job, Cancel).WaitAsync(Patience, Cancel));
        }

        await File.WriteAllTextAsync(go, "", Cancel);
        Assert.All(await Task.WhenAll(jobs), state => Assert.Equal(JobState.Succeeded, state));
        var lines = await File.ReadAllLinesAsync(order, Cancel);
        Assert.Equal(16, lines.Length);
        Assert.InRange(lines.Take(8).Count(line => line == "a"), 2, 6);
    }

    [Fact]
    public async Task What_a_dead_parent_held_comes_free_though_nobody_resumes_its_jobs()
    {
        var caps = new Lease(16, 0, 16, 100 << 20);
        await using var parent = Open(caps);
        var all = new LeaseWant(caps, caps);
        parent.Store.AddParent(new ParentRecord("dead", 1, "another boot", 1, DateTimeOffset.UnixEpoch, "test"));
        Assert.Equal(caps, parent.Store.UpdateLease("dead", all, caps, DateTimeOffset.UnixEpoch));
        var job = await parent.SubmitAsync(Job("""{ "name": "n", "each": ["x"], "do": { "wait": 0 } }"""), Cancel);
        Assert.Equal(JobState.Succeeded, await parent.WhenSettledAsync(job.Job, Cancel).WaitAsync(Patience, Cancel));
        Assert.DoesNotContain(parent.Store.ListParents(), row => row.Id == "dead");
    }

    [Fact]
    public async Task Two_parents_keep_the_pace_of_heavy_children_together()
    {
        var caps = new Lease(16, 10, 16, 2L << 30);
        await using var first = Open(caps, heavyPerSecond: 2);
        await using var second = Open(caps, heavyPerSecond: 2);
        var here = Directory.CreateDirectory(Path.Combine(_home, "here")).FullName;
        var began = TimeProvider.System.GetTimestamp();
        var jobs = new List<Task<JobState>>();
        foreach (var parent in (Parent[])[first, second])
        {
            // Each waits until all six are there, so that each needs a child of its own.
            var job = await parent.SubmitAsync(Job($$"""
                {
                  "name": "n", "each": { "range": "1..3" }, "cell": "process", "children": 3,
                  "do": { "sh": "touch {{here}}/$AMOEBA_CHILD_ID; while [ $(ls {{here}} | wc -l) -lt 6 ]; do sleep 0.02; done" }
                }
                """), Cancel);
            jobs.Add(parent.WhenSettledAsync(job.Job, Cancel).WaitAsync(Patience, Cancel));
        }

        Assert.All(await Task.WhenAll(jobs), state => Assert.Equal(JobState.Succeeded, state));
        Assert.Equal(6, Directory.GetFiles(here).Length);
        // Five pauses of half a second lie between six starts; with a pace for each
        // parent there were two, side by side.
        Assert.InRange(TimeProvider.System.GetElapsedTime(began).TotalSeconds, 2.5, Patience.TotalSeconds);
    }

    private Parent Open(Lease caps, double heavyPerSecond = 10) => Parent.Open(new ParentOptions
    {
        HeavyPerSecond = heavyPerSecond,
        Home = _home,
        Environment = EnvironmentBuilder.OfThisProcess(),
        Caps = caps,
        Zones = new(Off: true),
    });

    private Submission Job(string plan) => new() { Plan = PlanReader.Read(plan, "test"), Folder = _home, By = "test" };
}
