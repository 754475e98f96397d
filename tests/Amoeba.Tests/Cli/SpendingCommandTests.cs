using System.Text.Json;
using System.Text.RegularExpressions;
using Amoeba.Cli;
using Amoeba.StandIn;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cli;

/// <summary>What a person sees of tokens, money and budgets, against a model's server that listens here.</summary>
public sealed class SpendingCommandTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("amoeba-spending-").FullName;
    private ModelServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server =
            await ModelServer.StartAsync(new ModelServerOptions { Script = new Script { Keys = ["right"] } },
                TestContext.Current.CancellationToken);
        Write("amoeba.yaml", $$"""
            models:
              local: { kind: openai, url: {{_server.Url}}/v1, key: right }
              dear: { kind: openai, url: {{_server.Url}}/v1, key: right, price: { input: 1000, output: 2000 } }
              wrong: { kind: openai, url: {{_server.Url}}/v1, key: bad }
            """);
        foreach (var model in new[] { "local", "dear", "wrong" }) Write($"{model}.yaml", Plan(model));
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        TempFolder.Remove(_folder);
    }

    [Fact]
    public async Task A_loopback_model_does_not_ask_and_the_last_line_says_its_tokens()
    {
        var run = await Amoeba("run", "local.yaml");
        Assert.Equal(ExitCodes.Done, run.Code);
        Assert.Matches(@"done: 8 of 8 tasks in .*, \d+ tokens", run.Error);
        Assert.DoesNotContain("COST", (await Amoeba("jobs")).Out, StringComparison.Ordinal);
        var lines = (await Amoeba("results", "last", "--jsonl")).Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => Assert.Contains("\"tokens\":{\"input\":", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_priced_model_asks_first_and_runs_once_it_is_approved()
    {
        var run = await Amoeba("run", "dear.yaml");
        Assert.Equal(ExitCodes.Approval, run.Code);
        Assert.Contains("waits for your approval of the spending", run.Error, StringComparison.Ordinal);
        Assert.Contains("calls of models: 8 (about ", run.Error, StringComparison.Ordinal);
        Assert.Contains("cost: about $", run.Error, StringComparison.Ordinal);
        Assert.Contains("--children 1 --resume", run.Error, StringComparison.Ordinal);
        Assert.Empty(_server.Seen);
        Assert.Contains("\"asks\":\"spending\"", (await Amoeba("inbox", "--json")).Out, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, (await Amoeba("approve", "last", "--resume")).Code);
        Assert.Contains("COST", (await Amoeba("jobs")).Out, StringComparison.Ordinal);
        using var shown = JsonDocument.Parse((await Amoeba("show", "last", "--json")).Out);
        Assert.True(shown.RootElement.GetProperty("cost_usd").GetDecimal() > 0);
        Assert.Equal(JsonValueKind.Null, shown.RootElement.GetProperty("budget").ValueKind);
    }

    [Fact]
    public async Task Yes_allows_the_spending_and_refusing_it_ends_the_job()
    {
        Assert.Equal(ExitCodes.Done, (await Amoeba("run", "dear.yaml", "--yes")).Code);
        Assert.Equal(ExitCodes.Approval, (await Amoeba("run", "dear.yaml")).Code);
        Assert.Equal(ExitCodes.Done, (await Amoeba("refuse", "last")).Code);
        Assert.Contains("\"state\":\"cancelled\"",
            (await Amoeba("show", "last", "--json")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stop_at_the_budget_names_the_command_that_goes_on()
    {
        var run = await Amoeba("run", "local.yaml", "--budget", "tokens=40");
        Assert.Equal(ExitCodes.Interrupted, run.Code);
        Assert.Contains("stopped at its budget: ", run.Error, StringComparison.Ordinal);
        var command = Regex.Match(run.Error, @"amoeba (resume \S+ --budget \S+)").Groups[1].Value;
        using (var shown = JsonDocument.Parse((await Amoeba("show", "last", "--json")).Out))
            Assert.Equal(40, shown.RootElement.GetProperty("budget").GetProperty("tokens").GetInt64());

        var again = await Amoeba("resume", "last");
        Assert.Equal(ExitCodes.BadInput, again.Code);
        Assert.Contains(command, again.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, (await Amoeba(command.Split(' '))).Code);
    }

    [Fact]
    public async Task A_budget_that_is_used_up_already_is_refused_with_the_figure()
    {
        Assert.Equal(ExitCodes.Interrupted, (await Amoeba("run", "local.yaml", "--budget", "tokens=40")).Code);
        var again = await Amoeba("resume", "last", "--budget", "tokens=12");
        Assert.Equal(ExitCodes.BadInput, again.Code);
        Assert.Matches(
            @"--budget tokens=12 leaves nothing to go on with: already \d+ tokens used\. Give more than that",
            again.Error);
        Assert.Matches(@"amoeba resume \S+ --budget tokens=\d+", again.Error);
        using var shown = JsonDocument.Parse((await Amoeba("show", "last", "--json")).Out);
        Assert.Equal(40, shown.RootElement.GetProperty("budget").GetProperty("tokens").GetInt64());
    }

    [Fact]
    public async Task Most_of_a_budget_is_warned_of_once_however_soon_the_job_ends_after_it()
    {
        var run = await Amoeba("run", "local.yaml");
        var all = int.Parse(Regex.Match(run.Error, @"(\d+) tokens").Groups[1].Value,
            System.Globalization.CultureInfo.InvariantCulture);
        var again = await Amoeba("run", "local.yaml", "--budget", $"tokens={all * 11 / 10}");
        Assert.Single(Regex.Matches(again.Error, "amoeba: warning: most of its budget is used: "));
    }

    [Fact]
    public async Task A_simulation_stops_at_the_budget_as_the_job_would()
    {
        var told = await Amoeba("simulate", "dear.yaml", "--budget", "tokens=300");
        Assert.Equal(ExitCodes.Done, told.Code);
        Assert.Matches(
            @"with 2 children it ends after 2 tasks, stopped at its budget: \d+ of 300 tokens are used", told.Out);
        using var data =
            JsonDocument.Parse((await Amoeba("simulate", "dear.yaml", "--budget", "cost_usd=0.5", "--json")).Out);
        Assert.Contains("of $0.5 are spent",
            data.RootElement.GetProperty("stopped").GetString(), StringComparison.Ordinal);
        Assert.InRange(data.RootElement.GetProperty("cost_usd").GetDecimal(), 0.0001m, 0.5m);
        using var whole = JsonDocument.Parse((await Amoeba("simulate", "dear.yaml", "--json")).Out);
        Assert.Equal(JsonValueKind.Null, whole.RootElement.GetProperty("stopped").ValueKind);
        Assert.Empty(_server.Seen);
    }

    [Fact]
    public async Task Tokens_stand_once_in_a_line_of_results()
    {
        await Amoeba("run", "local.yaml");
        var line = (await Amoeba("results", "last", "--jsonl")).Out.Split('\n')[0];
        Assert.Single(Regex.Matches(line, "\"tokens\""));
        Assert.Single(Regex.Matches(line, "\"cost_usd\""));
    }

    [Fact]
    public async Task A_model_that_a_variable_names_is_named_where_the_decision_is()
    {
        Write("var.yaml", Plan("{vars.model}")
            + "\nvars: { model: dear }\nmerge: { chat: { model: \"{vars.model}/m\", prompt: Join } }\n");
        var told = (await Amoeba("plan", "var.yaml")).Out;
        Assert.Contains("dear/m", told, StringComparison.Ordinal);
        Assert.DoesNotContain("vars.model", told, StringComparison.Ordinal);
        Assert.DoesNotContain("is not known", told, StringComparison.Ordinal);
        var wrong = await Amoeba("run", "var.yaml", "--set", "model=deer");
        Assert.Equal(ExitCodes.BadInput, wrong.Code);
        Assert.Contains("did you mean dear?", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Approved_spending_is_asked_for_again_when_the_budget_changes()
    {
        Assert.Equal(ExitCodes.Approval, (await Amoeba("run", "dear.yaml", "--budget", "tokens=40")).Code);
        Assert.Equal(ExitCodes.Interrupted, (await Amoeba("approve", "last", "--resume")).Code);
        var larger = await Amoeba("resume", "last", "--budget", "tokens=100000");
        Assert.Equal(ExitCodes.Approval, larger.Code);
        Assert.Contains("budget: 100,000 tokens", larger.Error, StringComparison.Ordinal);
        Assert.Contains("used so far: ", larger.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, (await Amoeba("approve", "last", "--resume")).Code);
    }

    [Fact]
    public async Task What_was_to_be_reused_and_changed_is_told_and_asked_before_it_is_paid_for()
    {
        Write("meddled.yaml", """
            children: 1
            tasks:
              - { id: meddle, idempotent: false, priority: critical, do: { sh: "if [ -f go ]; then echo x >> mark; fi" } }
              - { id: say, do: { chat: { model: dear/m, prompt: hello } }, verify: { run: [grep, -q, x, mark] } }
            """);
        Write("mark", "x\n");
        File.SetLastWriteTimeUtc(Path.Combine(_folder, "mark"), DateTime.UnixEpoch.AddDays(20_000));
        Assert.Equal(ExitCodes.Done, (await Amoeba("run", "meddled.yaml", "--yes")).Code);
        Write("go", "");
        var run = await Amoeba("run", "meddled.yaml", "--changed");
        Assert.Equal(ExitCodes.Interrupted, run.Code);
        Assert.Contains("stopped to ask: an earlier result was to be used again", run.Error, StringComparison.Ordinal);
        var resumed = await Amoeba("resume", "last");
        Assert.Equal(ExitCodes.Approval, resumed.Code);
        Assert.Contains("calls of models: 1 (about ", resumed.Error, StringComparison.Ordinal);
        Assert.Single(_server.Seen);
        Assert.Equal(ExitCodes.Done, (await Amoeba("approve", "last", "--resume")).Code);
        Assert.Equal(2, _server.Seen.Count);
    }

    [Fact]
    public async Task An_error_that_all_tasks_share_is_said_once_with_its_count()
    {
        var run = await Amoeba("run", "wrong.yaml");
        Assert.Equal(ExitCodes.Failed, run.Code);
        Assert.Contains("and 7 others: 401 wrong key", run.Error, StringComparison.Ordinal);
        Assert.Single(Regex.Matches(run.Error, "refused the key"));
        Assert.Contains("models.wrong.key", run.Error, StringComparison.Ordinal);
    }

    private static string Plan(string model) => $$"""
        each: { range: 1..8 }
        children: 2
        do: { chat: { model: "{{model}}/m", prompt: "Say something about number {item}", max_tokens: 20 } }
        limits: { retries: 0 }
        """;

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    private Task<CliRun> Amoeba(params string[] arguments) => CliRun.InAsync(_folder, "", arguments);
}
