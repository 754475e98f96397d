using System.Text;
using Amoeba.Cells.Wire;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.Tests.Cells.Docker;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Hosting;

/// <summary>A merge by a program is a task: what the plan and the configuration say of tasks holds for it.</summary>
public sealed class MergeLimitTests : IDisposable
{
    private const string Patient = """ "limits": { "timeout": "5m", "retries": 2, "output": "1MB" } """;

    private readonly TempFolder _folder = new();
    private readonly FakeDocker _docker = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _docker.Dispose();
        _folder.Dispose();
    }

    [Theory(Timeout = 120_000)]
    [InlineData(""", "limits": { "timeout": "1s", "retries": 0 }""", "{}", "timeout: it ran longer than 1 s")]
    [InlineData("", """{ "timeout": "1s", "retries": 0 }""", "timeout: it ran longer than 1 s")]
    [InlineData(""", "limits": { "stall": "1s", "retries": 0 }""", "{}", "stall: no progress for ")]
    public async Task It_is_ended_at_its_own_limit_or_the_plans(string merges, string plans, string reason)
    {
        await using var parent = Open();
        var (job, state) = await RunAsync(parent, $$"""
            { "name": "n", "tasks": [{ "id": "a", "do": { "wait": 0 }, {{Patient}} }], "limits": {{plans}},
              "merge": { "run": ["sleep", "600"]{{merges}} } }
            """);
        Assert.Equal(JobState.Failed, state);
        var row = parent.Store.FindTask(job, 1)!;
        Assert.Equal(1, row.Attempt);
        Assert.StartsWith(reason, row.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task The_configurations_hold_where_the_plan_says_nothing()
    {
        await using var parent = Open();
        var (job, state) = await RunAsync(parent, """
            { "name": "n", "each": ["x"], "do": { "wait": 0 }, "merge": { "run": ["sleep", "600"] } }
            """, LimitSpec.Default with { Timeout = TimeSpan.FromSeconds(1), Retries = 0 });
        Assert.Equal(JobState.Failed, state);
        Assert.StartsWith("timeout: ", parent.Store.FindTask(job, 1)!.Error, StringComparison.Ordinal);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("", JobState.Succeeded)]
    [InlineData(""", "limits": { "output": 6 }""", JobState.Failed)]
    public async Task What_one_task_may_write_does_not_bound_what_joins_them(string merges, JobState ends)
    {
        await using var parent = Open();
        var (job, state) = await RunAsync(parent, $$"""
            { "name": "n", "each": ["x"], "do": { "wait": 0 }, "limits": { "output": 6, "stall": "5s", "retries": 0 },
              "merge": { "run": ["sh", "-c", "sleep 8; printf 1234567"]{{merges}} } }
            """);
        Assert.Equal(ends, state);
        if (ends == JobState.Failed)
            Assert.StartsWith("output: ", parent.Store.FindTask(job, 1)!.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", 60, 4, null)]
    [InlineData("timeout: 3h, tokens: 9, retries: 5", "", 180, 5, null)]
    [InlineData("retries: 5", "timeout: 2m, tokens: 8", 2, 5, 8)]
    public void A_models_has_those_of_tasks_but_an_hour_at_least_and_all_tokens(
        string plans, string merges, int minutes, int retries, int? tokens)
    {
        var configured = LimitSpec.Default with { Retries = 4, Tokens = 7 };
        var plan = PlanReader.Read($$"""
            each: [a]
            do: { wait: 0 }
            limits: { {{plans}} }
            merge: { chat: { model: local/m, prompt: "{results}" }, limits: { {{merges}} } }
            """, "test", new PlanReadOptions { Limits = configured });
        Assert.Equal(
            (TimeSpan.FromMinutes(minutes), retries, (long?)tokens),
            (plan.Merge!.Limits.Timeout, plan.Merge.Limits.Retries, plan.Merge.Limits.Tokens));
        Assert.Equal(plan.Merge.Limits, PlanJson.Read(PlanJson.Write(plan)).Merge!.Limits);
    }

    [Fact(Timeout = 120_000)]
    public async Task Its_program_has_the_plans_environment_and_its_own_without_what_speaks_of_an_item()
    {
        await using var parent = Open();
        var (job, state) = await RunAsync(parent, """
            { "name": "n", "vars": { "v": "w" }, "each": { "items": ["x"], "as": "city" }, "do": { "wait": 0 },
              "env": { "PLAN": "{vars.v}", "BOTH": "plan", "OF_ITEM": "{city}", "OF_INDEX": "{index}" },
              "merge": { "run": ["sh", "-c", "echo $PLAN $BOTH $OWN ${{OF_ITEM-none} ${{OF_INDEX-none}"],
                         "env": { "BOTH": "own", "OWN": "{tasks.each.output}" } } }
            """);
        Assert.Equal(JobState.Succeeded, state);
        Assert.Equal("w own x none none\n", Merged(parent, job));
    }

    [Fact(Timeout = 120_000)]
    public async Task Its_secrets_are_masked()
    {
        await using var parent = Open();
        var (job, state) = await RunAsync(parent, """
            { "name": "n", "each": ["x"], "do": { "wait": 0 },
              "merge": { "run": ["sh", "-c", "echo it is $API_TOKEN"], "env": { "API_TOKEN": "hunter2hunter2" } } }
            """);
        Assert.Equal(JobState.Succeeded, state);
        Assert.DoesNotContain("hunter2", Merged(parent, job), StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_container_has_room_for_it()
    {
        await using var parent = Open();
        var (_, state) = await RunAsync(parent, """
            { "name": "n", "cell": "docker", "each": ["x"], "do": { "run": ["echo", "{item}"] },
              "limits": { "memory": "100MB", "processes": 10 },
              "merge": { "run": ["sort"], "limits": { "memory": "300MB", "processes": 100 } } }
            """);
        Assert.Equal(JobState.Succeeded, state);
        var made = Assert.Single(_docker.Calls, call => call.StartsWith("run ", StringComparison.Ordinal));
        Assert.Contains($" --memory {(300L << 20) + WorkerRoom.Memory} ", made, StringComparison.Ordinal);
        Assert.Contains(" --pids-limit 3200 ", made, StringComparison.Ordinal);
    }

    private async Task<(string Job, JobState State)> RunAsync(Parent parent, string plan, LimitSpec? limits = null)
    {
        var options = new PlanReadOptions { Limits = limits ?? LimitSpec.Default };
        var accepted = await parent.SubmitAsync(
            new Submission
            {
                Plan = PlanReader.Read(plan, "test", options),
                Folder = _docker.Folder,
                Yes = true,
                By = "test",
            }, Cancel);
        return (accepted.Job, await parent.WhenSettledAsync(accepted.Job, Cancel));
    }

    private static string Merged(Parent parent, string job)
    {
        using var stream = parent.Outputs.Read(job, parent.Store.FindJob(job)!.Status.Output);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private Parent Open() => Parent.Open(new ParentOptions
    {
        Home = _folder["home"],
        Environment = EnvironmentBuilder.OfThisProcess(),
        Docker = _docker.Options,
        DockerPerMinute = 6000,
        Zones = new(Off: true),
    });
}
