using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.StandIn;
using Amoeba.Tests.Fakes;
using Amoeba.Tools.Delegate;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Amoeba.Tests.Hosting.Library;

/// <summary>Models, prices, quotas and budgets as an embedding program gives them.</summary>
public sealed class ModelOptionsTests : IAsyncLifetime
{
    private const string Plan = """
        { "each": { "range": "1..8" }, "children": 2, "limits": { "retries": 0 },
          "do": { "chat": { "model": "local", "prompt": "Say {vars.what} about {item}", "max_tokens": 20 } }, "vars": { "what": "much" } }
        """;

    private readonly TempFolder _home = new();
    private ModelServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() =>
        _server =
            await ModelServer.StartAsync(new ModelServerOptions { Script = new Script { Keys = ["right"] } }, Cancel);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _home.Dispose();
    }

    [Fact]
    public async Task A_model_is_called_with_its_key_and_its_tokens_and_cost_come_back()
    {
        await using var provider = Provider(new ModelPrice(1000, 2000));
        var result = await AmoebaOf(provider).RunAsync(
            Plan, new RunOptions { Approve = true, Variables = new Dictionary<string, string> { ["what"] = "little" } },
            Cancel);
        Assert.Equal((JobState.Succeeded, 8), (result.State, result.Tasks.Count));
        Assert.Equal((_server.Stats.InputTokens, _server.Stats.OutputTokens), (result.Used.Input, result.Used.Output));
        Assert.Equal(result.Used.Total, result.Tasks.Sum(task => task.Tokens));
        Assert.Equal(((result.Used.Input * 1000) + (result.Used.Output * 2000)) / 1_000_000m, result.CostUsd);
        Assert.All(_server.Seen, seen => Assert.Contains("Say little about ", seen.Body, StringComparison.Ordinal));
        Assert.True(result.Elapsed > TimeSpan.Zero);
    }

    [Fact]
    public async Task What_costs_money_is_not_done_unless_it_is_allowed()
    {
        await using var provider = Provider(new ModelPrice(1, 2));
        var result = await AmoebaOf(provider).RunAsync(Plan, cancel: Cancel);
        Assert.Equal(JobState.AwaitingApproval, result.State);
        Assert.Empty(_server.Seen);
    }

    [Fact]
    public async Task A_job_stops_at_its_budget_and_goes_on_with_a_larger_one()
    {
        await using var provider = Provider(price: null, _home.Path);
        var amoeba = AmoebaOf(provider);
        var stopped = await amoeba.RunAsync(Plan, new RunOptions { Budget = new JobBudget { Tokens = 60 } }, Cancel);
        Assert.Equal(JobState.Interrupted, stopped.State);
        Assert.Contains("stopped at its budget", stopped.Reason, StringComparison.Ordinal);
        var done = await amoeba.ResumeAsync(stopped.Job, new JobBudget { Tokens = 100_000 }, Cancel);
        Assert.Equal((JobState.Succeeded, 8), (done.State, _server.Stats.Admitted));
        Assert.Equal(done.Used, (await amoeba.ResumeAsync(stopped.Job, cancel: Cancel)).Used);
        await Assert.ThrowsAsync<PlanException>(() => amoeba.ResumeAsync("nothing", cancel: Cancel));
    }

    [Fact]
    public async Task Without_a_home_nothing_can_be_resumed()
    {
        await using var provider = Provider(price: null);
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => AmoebaOf(provider).ResumeAsync("some", cancel: Cancel));
    }

    [Fact]
    public async Task A_quota_holds()
    {
        await using var provider = Provider(price: null, quota: new ModelQuota { Concurrency = 1 });
        Assert.Equal(JobState.Succeeded,
            (await AmoebaOf(provider).RunAsync(Plan, new RunOptions { Children = 8 }, Cancel)).State);
        Assert.Equal(1, _server.Stats.Peak);
    }

    [Fact]
    public async Task What_a_delegate_used_by_itself_counts_against_the_budget()
    {
        var services = new ServiceCollection();
        services.AddAmoeba(options => options.Delegates["own"] = (_, _) =>
            new(DelegateResult.Text("x") with { Used = new TokenUse(100, 20), CostUsd = 0.01m }));
        await using var provider = services.BuildServiceProvider();
        var result = await AmoebaOf(provider).RunAsync(
            """{ "each": { "range": "1..4" }, "children": 1, "do": { "delegate": "own" } }""", cancel: Cancel);
        Assert.Equal((JobState.Succeeded, 480, 0.04m), (result.State, result.Tokens, result.CostUsd));
    }

    [Fact]
    public void A_mistake_is_told_with_the_option_it_is_in()
    {
        Refused(options => options.Models["a/b"] = new ModelOptions(), "AmoebaOptions.Models.a/b: ");
        Refused(options => options.Models["a"] = new ModelOptions { Url = new Uri("ftp://x") },
            "AmoebaOptions.Models.a.url: expected an address");
        Refused(options => options.Models["a"] = new ModelOptions { Price = new ModelPrice(-1, 2) },
            "AmoebaOptions.Models.a.price.input: ");
        Refused(options => options.Models["a"] = new ModelOptions { Quota = new ModelQuota { Requests = 0 } },
            "a.quota.requests: expected a whole number");
        Refused(options => options.Models["a"] = new ModelOptions { Key = "env:A-B" }, "a.key: ");
    }

    [Fact]
    public async Task A_budget_out_of_its_range_is_refused_before_anything_runs()
    {
        await using var provider = Provider(price: null);
        await Assert.ThrowsAsync<ArgumentException>(() => AmoebaOf(provider).RunAsync(
            Plan, new RunOptions { Budget = new JobBudget { Time = TimeSpan.Zero } }, Cancel));
        await Assert.ThrowsAsync<ArgumentException>(
            () => AmoebaOf(provider).RunAsync(Plan, new RunOptions { Children = 0 }, Cancel));
        Assert.Empty(_server.Seen);
    }

    private static void Refused(Action<AmoebaOptions> configure, string words)
    {
        var services = new ServiceCollection();
        services.AddAmoeba(configure);
        using var provider = services.BuildServiceProvider();
        var told = Assert.Throws<ArgumentException>(() => provider.GetRequiredService<IOptions<AmoebaOptions>>().Value);
        Assert.Contains(words, told.Message, StringComparison.Ordinal);
    }

    private static IAmoeba AmoebaOf(ServiceProvider provider) => provider.GetRequiredService<IAmoeba>();

    private ServiceProvider Provider(ModelPrice? price, string? home = null, ModelQuota? quota = null)
    {
        var services = new ServiceCollection();
        services.AddAmoeba(options =>
        {
            options.Home = home;
            options.Models["local"] = new ModelOptions
            {
                Url = new Uri(_server.Url + "/v1"),
                Key = "right",
                Model = "m",
                Price = price,
                Quota = quota,
            };
        });
        return services.BuildServiceProvider();
    }
}
