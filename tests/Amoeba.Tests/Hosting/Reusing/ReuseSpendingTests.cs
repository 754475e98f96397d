using Amoeba.Engine.Records;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Models;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.StandIn;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Hosting.Reusing;

/// <summary>
/// Answers of models are reused, and where they are not after all, nothing is spent that nobody was asked for.
/// </summary>
public sealed class ReuseSpendingTests : IDisposable
{
    /// <summary>
    /// Once there is a file `go`, the first task changes the file that the second one's answer rests on.
    /// </summary>
    private const string Meddled = """
        { "name": "n", "children": 1, "tasks": [
            { "id": "meddle", "idempotent": false, "priority": "critical", "do": { "sh": "if [ -f go ]; then echo x >> mark; fi" } },
            { "id": "say", "do": { "chat": { "model": "m/x", "prompt": "hello" } }, "verify": { "run": ["grep", "-q", "x", "mark"] } } ] }
        """;

    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Answers_and_their_merge_are_reused_and_nothing_is_asked_or_called()
    {
        const string Plan = """
            { "name": "n", "each": ["a", "b"], "do": { "chat": { "model": "m/x", "prompt": "about {item}" } },
              "merge": { "chat": { "model": "m/x", "prompt": "Join {vars.how}:" } }, "vars": { "how": "HOW" } }
            """;
        await using var server = await ServeAsync();
        await using var parent = Open(server);
        var first = await RunAsync(parent, Plan, yes: true);
        Assert.Equal((JobState.Succeeded, 3), (first.State, server.Stats.Requests));

        var again = await RunAsync(parent, Plan, changed: true);
        Assert.Equal((JobState.Succeeded, 2, 0m), (again.State, again.Reused, again.CostUsd));
        Assert.Equal(3, server.Stats.Requests);
        Assert.Equal(first.Output.Hash, again.Output.Hash);
        Assert.Equal(first.Output.Inline.ToArray(), again.Output.Inline.ToArray());

        var other = await RunAsync(parent, Plan.Replace("HOW", "otherwise", StringComparison.Ordinal), changed: true);
        Assert.Equal(JobState.AwaitingApproval, other.State);
        Assert.Equal(3, server.Stats.Requests);
    }

    [Fact]
    public async Task A_file_that_changes_between_submission_and_start_spends_nothing_before_somebody_allowed_it()
    {
        await using var server = await ServeAsync();
        await using var parent = Open(server);
        Write("mark", "x");
        Assert.Equal(JobState.Succeeded, (await RunAsync(parent, Meddled, yes: true)).State);
        Write("go", "");

        var job = await SubmitAsync(parent, Meddled, changed: true);
        Assert.Equal(JobState.Interrupted, await parent.WhenSettledAsync(job, Cancel));
        var stopped = parent.Store.FindJob(job)!.Status;
        Assert.StartsWith("stopped to ask", stopped.Reason, StringComparison.Ordinal);
        Assert.Equal((1, 0, 1), (stopped.Counts.Succeeded, stopped.Counts.Failed, server.Stats.Requests));

        await parent.TakeAsync(job, goOn: true, Cancel);
        Assert.Equal(JobState.AwaitingApproval, await parent.WhenSettledAsync(job, Cancel));
        var asked = parent.Store.FindApproval(job)!;
        Assert.Equal("spending", asked.Asks);
        Assert.Equal(1, server.Stats.Requests);
        Assert.Null(await parent.AskAsync(job, "approve", new AnswerArgument(asked.Id).Write(), "me", Cancel));
        Assert.Equal(JobState.Succeeded, await parent.WhenSettledAsync(job, Cancel));
        Assert.Equal(2, server.Stats.Requests);
    }

    [Fact]
    public async Task Who_said_yes_to_what_it_asks_is_not_stopped()
    {
        await using var server = await ServeAsync();
        await using var parent = Open(server);
        Write("mark", "x");
        await RunAsync(parent, Meddled, yes: true);
        Write("go", "");
        Assert.Equal(JobState.Succeeded, (await RunAsync(parent, Meddled, changed: true, yes: true)).State);
        Assert.Equal(2, server.Stats.Requests);
    }

    [Fact]
    public async Task Another_model_server_makes_answers_anew()
    {
        const string Plan =
            """{ "name": "n", "each": ["a"], "do": { "chat": { "model": "m/x", "prompt": "about {item}" } } }""";
        await using var server = await ServeAsync();
        await using (var parent = Open(server)) await RunAsync(parent, Plan, yes: true);
        await using var other = await ServeAsync();
        await using var next = Open(other);
        Assert.Equal(JobState.AwaitingApproval, (await RunAsync(next, Plan, changed: true)).State);
    }

    private static Task<ModelServer> ServeAsync() => ModelServer.StartAsync(new ModelServerOptions(), Cancel);

    /// <summary>As if that had been a while ago: a file of this very moment is never taken for the same.</summary>
    private void Write(string name, string text)
    {
        File.WriteAllText(_folder[name], text + "\n");
        File.SetLastWriteTimeUtc(_folder[name], DateTime.UnixEpoch.AddDays(20_000));
    }

    private Parent Open(ModelServer server) => Parent.Open(new ParentOptions
    {
        Home = _folder["home"],
        Environment = EnvironmentBuilder.OfThisProcess(),
        Models =
            new ModelCatalog(
                [new() { Name = "m", Kind = ModelKind.OpenAi,
                    Url = new Uri(server.Url + "/v1"), Price = new TokenPrice(1, 2) }]),
        Zones = new(Off: true),
    });

    private async Task<string> SubmitAsync(Parent parent, string plan, bool changed = false, bool yes = false)
    {
        var spec = PlanReader.Read(plan, "plan.json") with { Reuse = changed };
        return (await parent.SubmitAsync(
            new Submission { Plan = spec, Folder = _folder.Path, By = "test", Yes = yes }, Cancel)).Job;
    }

    private async Task<JobStatusRecord> RunAsync(Parent parent, string plan, bool changed = false, bool yes = false)
    {
        var job = await SubmitAsync(parent, plan, changed, yes);
        await parent.WhenSettledAsync(job, Cancel);
        return parent.Store.FindJob(job)!.Status;
    }
}
