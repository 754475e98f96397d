using System.Text.RegularExpressions;
using Amoeba.Engine;
using Amoeba.Engine.Records;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Machine;
using Amoeba.Models;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.Simulating;
using Amoeba.Sources;
using Amoeba.StandIn;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Hosting;

/// <summary>Whole jobs whose results a model joins.</summary>
public sealed class ChatMergeJobTests : IDisposable
{
    private static readonly Answer[] Tree =
        [new Answer { When = @"are part (\d+) of (\d+)\.", Text = "sum {1}/{2}" }, new Answer()];

    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_model_joins_results_that_are_named_by_their_items()
    {
        await using var server =
            await ServeAsync(new Script { Answers = [new Answer { Usage = new Usage { Input = 10, Output = 5 } }] });
        await using var parent = Open(server, new TokenPrice(100, 200));
        var job = await RunAsync(parent, """
            { "name": "n", "vars": { "v": "briefly" }, "each": ["b", { "name": "a \"x\"" }, "c"], "do": { "sh": "[ \"$AMOEBA_ITEM\" != c ] && echo \"made of $AMOEBA_INDEX\"" },
              "limits": { "retries": 0 },
              "merge": { "chat": { "model": "m/x", "prompt": "Join {vars.v} {{all}}:" } } }
            """);
        var stored = parent.Store.FindJob(job)!;
        Assert.Equal(JobState.Failed, stored.Status.State);
        Assert.Equal((10, 5, 0.002m), (stored.Status.Tokens.Input, stored.Status.Tokens.Output, stored.Status.CostUsd));
        Assert.Equal((3, 2), (stored.Status.Counts.Total, stored.Status.Counts.Succeeded));
        Assert.Equal(
            "Join briefly {all}:\n\n<result index=\"0\" item=\"b\">\nmade of 0\n</result>\n"
            + "<result index=\"1\" item=\"{'name':'a \\'x\\''}\">\nmade of 1\n</result>\n",
            Merged(parent, job));
    }

    [Fact]
    public async Task Results_of_several_tasks_are_named_by_task()
    {
        await using var server = await ServeAsync(new Script());
        await using var parent = Open(server);
        var job = await RunAsync(parent, """
            { "name": "n", "tasks": [{ "id": "one", "do": { "sh": "echo 1" } }, { "id": "many", "each": ["a"], "do": { "wait": 0 } }],
              "merge": { "chat": { "model": "m/x", "prompt": "{results}one was {tasks.one.output}" } } }
            """);
        Assert.Equal(
            "<result task=\"one\">\n1\n</result>\n<result task=\"many\" index=\"0\" item=\"a\">\na\n</result>\none was "
                + "1", Merged(parent, job));
    }

    [Fact]
    public async Task A_tree_is_one_task_that_is_not_counted_and_is_tried_again_where_a_call_failed()
    {
        await using var server = await ServeAsync(new Script
        {
            Answers = Tree,
            Faults = [new Fault { Kind = FaultKind.Drop, When = "are part 2 of", First = 1 }],
        });
        await using var parent = Open(server);
        var job = await RunAsync(parent, Long(9));
        var stored = parent.Store.FindJob(job)!;
        Assert.Equal((JobState.Succeeded, 9), (stored.Status.State, stored.Status.Counts.Total));
        Assert.Equal(["sum 1/5", "sum 2/5", "sum 3/5", "sum 4/5", "sum 5/5"], Results(Merged(parent, job)));
        var merge = parent.Store.FindTask(job, 9)!;
        Assert.Equal((TaskState.Succeeded, 2), (merge.State, merge.Attempt));
        Assert.Equal(7, server.Stats.Requests);
        Assert.True(stored.Status.Tokens.Input > 9 * 250, "what the failed attempt took is counted");
    }

    [Fact]
    public async Task An_interrupted_merge_goes_on_where_it_was()
    {
        await using var server = await ServeAsync(new Script
        {
            Answers = Tree,
            Faults = [new Fault { Kind = FaultKind.Hang, When = "are part 4 of", First = 1 }],
        });
        string job;
        await using (var parent = Open(server))
        {
            job = (await parent.SubmitAsync(Job(Long(9, children: 1)), Cancel)).Job;
            await server.ArrivedAsync(4, Cancel);
        }

        await using var next = Open(server);
        await next.TakeAsync(job, goOn: true, Cancel);
        Assert.Equal(JobState.Succeeded, await next.WhenSettledAsync(job, Cancel));
        Assert.Equal(5, Results(Merged(next, job)).Count);
        Assert.Equal(4 + 3, server.Stats.Requests);
    }

    [Theory]
    [InlineData("tokens=1500", "tokens=30000")]
    [InlineData("cost_usd=0.0017", "cost_usd=1")]
    public async Task A_budget_stops_it_between_calls_and_a_larger_one_goes_on(string budget, string larger)
    {
        await using var server = await ServeAsync(new Script { Answers = Tree });
        string job;
        await using (var parent = Open(server, new TokenPrice(1, 2)))
        {
            var accepted = await parent.SubmitAsync(Job(Long(9)) with { Budget = budget }, Cancel);
            job = accepted.Job;
            Assert.Equal(JobState.Interrupted, await parent.WhenSettledAsync(job, Cancel));
            var stopped = parent.Store.FindJob(job)!.Status;
            Assert.StartsWith("stopped at its budget", stopped.Reason, StringComparison.Ordinal);
            Assert.True(stopped.Tokens is { Input: > 800, Output: > 0 } tokens && tokens.Input + tokens.Output <= 1500);
            Assert.True(stopped.CostUsd is > 0.0008m and <= 0.0017m);
        }

        var before = server.Stats.Requests;
        Assert.Equal(2, before);
        await using var next = Open(server, new TokenPrice(1, 2));
        await next.TakeAsync(job, goOn: true, Cancel, larger);
        Assert.Equal(JobState.AwaitingApproval, await next.WhenSettledAsync(job, Cancel));
        var answer = new AnswerArgument(next.Store.FindApproval(job)!.Id, null).Write();
        Assert.Null(await next.AskAsync(job, "approve", answer, "test", Cancel));
        Assert.Equal(JobState.Succeeded, await next.WhenSettledAsync(job, Cancel));
        Assert.Equal(6, server.Stats.Requests);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_merge_that_costs_money_asks_before_anything_runs(bool costs)
    {
        await using var server = await ServeAsync(new Script { Answers = Tree });
        await using var parent = Open(server, costs ? new TokenPrice(1, 2) : TokenPrice.Free);
        var accepted = await parent.SubmitAsync(Job(Long(2)) with { Yes = false }, Cancel);
        var state = await parent.WhenSettledAsync(accepted.Job, Cancel);
        Assert.Equal(costs ? JobState.AwaitingApproval : JobState.Succeeded, state);
    }

    [Fact]
    public async Task It_is_decided_and_simulated_like_any_other()
    {
        await using var server = await ServeAsync(new Script());
        await using var parent = Open(server);
        Assert.Equal(3, (await parent.DecideAsync(Job(Long(9)), Cancel)).Children);
        var options =
            new ParentOptions
            {
                Environment = EnvironmentBuilder.OfThisProcess(),
                Models = new ModelCatalog([Entry(server, null)]),
                Zones = new(Off: true)
            };
        var submitting =
            new Submitting(options, new ItemSpooler(null),
                new MachineSight(options, new MachineReader(TimeProvider.System)), null, null);
        var ready = await submitting.PrepareAsync(Job(Long(9)), null, "j", Cancel);
        var run = Simulator.Play(ready.Start, 3, new EngineOptions { Parent = "p", Lease = options.Caps });
        Assert.False(run.AnyFailed);
        Assert.True(run.MakespanSeconds > 15, "levels of calls, 5 s each");
        Assert.Equal(0, server.Stats.Requests);
    }

    [Fact]
    public async Task Its_answers_go_with_the_job()
    {
        await using var server = await ServeAsync(new Script());
        await using var parent = Open(server);
        var job = await RunAsync(parent, Long(1));
        var kept = Path.Combine(_folder["home"], "outputs", job, "merge");
        Assert.Single(Directory.GetFiles(kept));
        parent.Outputs.Delete(job);
        Assert.False(Directory.Exists(kept));
    }

    [Theory]
    [InlineData("""{ "chat": { "model": "mm/x", "prompt": "p" } }""", "merge: the model mm/x is not configured; "
        + "configured are m; did you mean m?")]
    [InlineData("""{ "chat": { "model": "m/x", "prompt": "p", "schema": "no.json" } }""", "no.json cannot be read")]
    public async Task What_can_be_known_before_is_bad_input(string merge, string words)
    {
        await using var server = await ServeAsync(new Script());
        await using var parent = Open(server);
        var refused = await Assert.ThrowsAsync<PlanException>(() => parent.SubmitAsync(
            Job($$"""{ "name": "n", "each": ["a"], "do": { "wait": 0 }, "merge": {{merge}} }"""), Cancel));
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    private static string Long(int items, int children = 3) => $$$"""
        { "name": "n", "each": { "range": "1..{{{items}}}" }, "children": {{{children}}}, "do": { "sh": "printf '%01000d' $AMOEBA_ITEM" },
          "merge": { "chat": { "model": "m/x", "prompt": "Join {results}", "max_tokens": 200 }, "context": 1000 } }
        """;

    private static List<string> Results(string prompt) =>
        [.. Regex.Matches(prompt, "<result [^>]*>\n(.*?)\n</result>", RegexOptions.Singleline)
            .Select(match => match.Groups[1].Value)];

    private static Task<ModelServer> ServeAsync(Script script) =>
        ModelServer.StartAsync(new ModelServerOptions { Script = script }, Cancel);

    private static ModelEntry Entry(ModelServer server, TokenPrice? price) =>
        new() { Name = "m", Kind = ModelKind.OpenAi, Url = new Uri(server.Url + "/v1"), Price = price };

    private Parent Open(ModelServer server, TokenPrice? price = null) => Parent.Open(new ParentOptions
    {
        Home = _folder["home"],
        Environment = EnvironmentBuilder.OfThisProcess(),
        Models = new ModelCatalog([Entry(server, price)]),
        Zones = new(Off: true),
    });

    private Submission Job(string plan) =>
        new() { Plan = PlanReader.Read(plan, "plan.json"), Folder = _folder.Path, By = "test", Yes = true };

    private async Task<string> RunAsync(Parent parent, string plan)
    {
        var accepted = await parent.SubmitAsync(Job(plan), Cancel);
        await parent.WhenSettledAsync(accepted.Job, Cancel);
        return accepted.Job;
    }

    private static string Merged(Parent parent, string job)
    {
        OutputRef output = parent.Store.FindJob(job)!.Status.Output;
        using var reader = new StreamReader(parent.Outputs.Read(job, output));
        return reader.ReadToEnd();
    }
}
