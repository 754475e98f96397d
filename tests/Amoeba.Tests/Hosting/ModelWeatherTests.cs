using System.Globalization;
using System.Text;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Models;
using Amoeba.Plans;
using Amoeba.Scheduling;
using Amoeba.Secrets;
using Amoeba.StandIn;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Hosting;

/// <summary>Whole jobs of calls, by several parents of one home, against a server with bad days.</summary>
public sealed class ModelWeatherTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Ten_thousand_calls_of_two_parents_come_through_a_storm_of_refusals_each_in_one_attempt()
    {
        var time = new FastTime(60);
        await using var server = await ModelServer.StartAsync(
            new ModelServerOptions
            {
                Time = time,
                Keep = 1,
                Script = new Script
                {
                    Answers = [new Answer { Text = "about {last}", Usage = new Usage { Input = 3, Output = 2 } }],
                    Faults =
                    [
                        // Of these there are so many at least; how many the spans below refuse, the machine decides.
                        new Fault { Kind = FaultKind.Status, RetryAfter = 5, First = 60 },
                        new Fault { Kind = FaultKind.Status, RetryAfter = 5, From = 20, To = 60 },
                        new Fault { Kind = FaultKind.Status, From = 150, To = 170 },
                        new Fault { Kind = FaultKind.Status, Status = 529, RetryAfter = 3, From = 260, To = 280 },
                        new Fault { Kind = FaultKind.Status, RetryAfter = 1, Share = 0.001 },
                    ],
                },
            },
            Cancel);
        var entry = Entry(server);
        await using var first = Open(entry, time);
        await using var second = Open(entry, time);
        var jobs = await Task.WhenAll(
            ((Parent[])[first, second]).Select((parent, n) => RunAsync(parent, $$"""
                { "name": "storm", "each": { "range": "{{n * 5000 + 1}}..{{n * 5000
                    + 5000}}" }, "children": 100, "merge": "lines",
                  "do": { "chat": { "model": "m/x", "prompt": "{item}" } }, "limits": { "retries": 0, "timeout": "1h", "stall": "1h" } }
                """)));
        var stats = server.Stats;
        Assert.Equal(10_000, stats.Statuses[200]);
        Assert.True(stats.Requests - stats.Statuses[200] >= 60,
            $"only {stats.Requests - stats.Statuses[200]} were refused");
        foreach (var (parent, job, n) in ((Parent[])[first, second]).Zip(jobs, Enumerable.Range(0, 2)))
        {
            var stored = parent.Store.FindJob(job)!.Status;
            Assert.Equal((JobState.Succeeded, 5000), (stored.State, stored.Counts.Succeeded));
            Assert.Equal((15_000, 10_000), (stored.Tokens.Input, stored.Tokens.Output));
            Assert.Equal(
                string.Concat(Enumerable.Range(n * 5000 + 1, 5000)
                    .Select(item => string.Create(CultureInfo.InvariantCulture, $"about {item}\n"))),
                Merged(parent, job));
            Assert.All(parent.Store.ReadTasks(job, 0, 5000), task => Assert.Equal(1, task.Attempt));
        }
    }

    [Fact]
    public async Task Four_parents_together_never_have_more_calls_under_way_than_one_quota_allows()
    {
        await using var server = await ModelServer.StartAsync(
            new ModelServerOptions
            {
                Script = new Script
                {
                    Latency = new Latency { First = Delay.Uniform(0.005, 0.02) },
                    Limits = new Limits { Concurrency = 5, Headers = false },
                },
            },
            Cancel);
        var entry = Entry(server) with { Quota = new QuotaSpec(5, null) };
        await RunOnFourAsync(entry, TimeProvider.System, calls: 40);
        Assert.Equal([200], server.Stats.Statuses.Keys);
        Assert.InRange(server.Stats.Peak, 3, 5);
    }

    [Fact]
    public async Task Four_parents_together_stay_under_the_minutes_requests_of_one_quota()
    {
        // A call may be under way for the margin of the quota's minute, which is a quarter of a second at this pace;
        // what is late may come into a later minute of the server's: no more than are under way at once.
        const int Most = 280 + 4 * 20;
        var time = new FastTime(4);
        await using var server = await ModelServer.StartAsync(
            new ModelServerOptions
            {
                Time = time,
                Script = new Script { Limits = new Limits { Requests = Most, Headers = false } }
            }, Cancel);
        var entry = Entry(server) with { Quota = new QuotaSpec(null, 280) };
        var began = time.GetTimestamp();
        await RunOnFourAsync(entry, time, calls: 160);
        // 640 calls: the last 80 of them are of the third minute, and would be of the second where 320 were let go.
        Assert.InRange(time.GetElapsedTime(began).TotalSeconds, 120, 1200);
        Assert.True(server.Stats.MostRequestsAMinute <= Most);
        Assert.Equal([200], server.Stats.Statuses.Keys);
    }

    [Fact]
    public async Task Whatever_breaks_first_a_job_ends_with_every_answer_whole()
    {
        FaultKind[] breaks =
        [
            FaultKind.Cut, FaultKind.Reset, FaultKind.Drop, FaultKind.Half,
            FaultKind.NoEnd, FaultKind.Malformed, FaultKind.Garbage,
            FaultKind.Hang, FaultKind.HangMid, FaultKind.Empty, FaultKind.ErrorEvent,
        ];
        await using var server = await ModelServer.StartAsync(
            new ModelServerOptions
            {
                Script = new Script
                {
                    Answers =
                        [new Answer { Text = "all that there is to say about {last}, "
                            + "from its first word to its last" }],
                    Faults = [.. breaks.Select(kind => new Fault { Kind = kind, When = $"^{kind}$", First = 1 })],
                },
            },
            Cancel);
        await using var parent = Open(Entry(server), TimeProvider.System);
        var job = await RunAsync(parent, $$"""
            { "name": "n", "each": [{{string.Join(',', breaks.Select(kind => $"\"{kind}\""))}}], "children": 11, "merge": "lines",
              "do": { "chat": { "model": "m/x", "prompt": "{item}" } }, "limits": { "stall": "10s" } }
            """);
        Assert.Equal(JobState.Succeeded, parent.Store.FindJob(job)!.Status.State);
        Assert.Equal(
            string.Concat(
                breaks.Select(kind => $"all that there is to say about {kind}, from its first word to its last\n")),
                Merged(parent, job));
        // Garbage between events is stepped over; all that counts is there.
        Assert.All(
            parent.Store.ReadTasks(job, 0, breaks.Length).Where(task => breaks[task.Ordinal] != FaultKind.Garbage),
            task => Assert.Equal(2, task.Attempt));
    }

    private async Task RunOnFourAsync(ModelEntry entry, TimeProvider time, int calls)
    {
        var parents = Enumerable.Range(0, 4).Select(_ => Open(entry, time)).ToList();
        try
        {
            var jobs = await Task.WhenAll(parents.Select((parent, n) => RunAsync(parent, $$"""
                { "name": "n", "each": { "range": "{{n * calls + 1}}..{{n * calls + calls}}" }, "children": 20,
                  "do": { "chat": { "model": "m/x", "prompt": "{item}" } }, "limits": { "retries": 0 } }
                """)));
            foreach (var (parent, job) in parents.Zip(jobs))
            {
                Assert.Equal((JobState.Succeeded, calls),
                    (parent.Store.FindJob(job)!.Status.State, parent.Store.FindJob(job)!.Status.Counts.Succeeded));
                Assert.All(parent.Store.ReadTasks(job, 0, calls), task => Assert.Equal(1, task.Attempt));
            }
        }
        finally
        {
            foreach (var parent in parents) await parent.DisposeAsync();
        }
    }

    private static ModelEntry Entry(ModelServer server) =>
        new() { Name = "m", Kind = ModelKind.OpenAi, Url = new Uri(server.Url + "/v1") };

    private Parent Open(ModelEntry entry, TimeProvider time) => Parent.Open(new ParentOptions
    {
        Home = _folder["home"],
        Environment = EnvironmentBuilder.OfThisProcess(),
        Models = new ModelCatalog([entry]),
        Zones = new(Off: true),
        Time = time,
    });

    private async Task<string> RunAsync(Parent parent, string plan)
    {
        var submission =
            new Submission { Plan = PlanReader.Read(plan, "plan.json"), Folder = _folder.Path, By = "test" };
        var accepted = await parent.SubmitAsync(submission, Cancel);
        await parent.WhenSettledAsync(accepted.Job, Cancel).WaitAsync(Patience, Cancel);
        return accepted.Job;
    }

    private static string Merged(Parent parent, string job)
    {
        using var reader =
            new StreamReader(parent.Outputs.Read(job, parent.Store.FindJob(job)!.Status.Output), Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
