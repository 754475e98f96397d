using System.Text;
using Amoeba.Engine.Records;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Models;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.StandIn;
using Amoeba.Tests.Fakes;
using DecisionJson = Amoeba.Deciding.DecisionJson;
using Eventually = Amoeba.Tests.Processes.Eventually;

namespace Amoeba.Tests.Hosting;

/// <summary>Whole jobs that call a model.</summary>
public sealed class ChatJobTests : IDisposable
{
    private const string Key = "sk-not-to-be-seen-by-anyone-42";

    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_job_of_calls_counts_its_tokens_and_its_cost()
    {
        await using var server =
            await ServeAsync(
                new Script
                {
                    Answers =
                    [new Answer { Text = "about {last}", Usage = new Usage { Input = 10, Output = 5 } }]
                });
        await using var parent = Open(Entry(server) with { Price = new TokenPrice(100, 200) });
        var job =
            await RunAsync(
                parent,
                """{ "name": "n", "each": ["b", "a"], "do": { "chat": { "model": "m/x", "prompt": "{item}" } }, "merge": "lines" }""");
        var stored = parent.Store.FindJob(job)!;
        Assert.Equal(JobState.Succeeded, stored.Status.State);
        Assert.Equal((20, 10), (stored.Status.Tokens.Input, stored.Status.Tokens.Output));
        Assert.Equal(0.004m, stored.Status.CostUsd);
        Assert.Equal("about b\nabout a\n", Merged(parent, job));
    }

    [Fact]
    public async Task What_failed_attempts_spent_is_counted_too()
    {
        await using var server = await ServeAsync(new Script
        {
            Answers = [new Answer { Text = "word word word", Usage = new Usage { Input = 10, Output = 5 } }],
            Faults = [new Fault { Kind = FaultKind.NoEnd, First = 1 }],
        });
        await using var parent = Open(Entry(server));
        var job =
            await RunAsync(parent,
                """{ "name": "n", "tasks": [{ "id": "a", "do": { "chat": { "model": "m/x", "prompt": "p" } } }] }""");
        var stored = parent.Store.FindJob(job)!;
        Assert.Equal((JobState.Succeeded, 2), (stored.Status.State, parent.Store.FindTask(job, 0)!.Attempt));
        Assert.True(stored.Status.Tokens.Output > 5, "both attempts wrote");
    }

    [Fact]
    public async Task An_answer_can_be_read_while_it_comes()
    {
        await using var server = await ServeAsync(new Script
        {
            Answers = [new Answer { Text = "one two three four five six" }],
            Faults = [new Fault { Kind = FaultKind.HangMid, After = 4 }],
        });
        await using var parent = Open(Entry(server));
        var accepted =
            await parent.SubmitAsync(
                Job(
                    """{ "name": "n", "tasks": [{ "id": "a", "do": { "chat": { "model": "m/x", "prompt": "p" } } }] }"""), Cancel);
        await Eventually.True(() =>
        {
            using var live = parent.Outputs.ReadLive(accepted.Job, 0, 1, 0);
            return live is not null
                && new StreamReader(live).ReadToEnd().StartsWith("one two", StringComparison.Ordinal);
        });
        // What it sent may be read before it hangs, and a release before that is for nobody.
        await Eventually.True(() => server.Hung > 0);
        server.Release();
        Assert.Equal(JobState.Succeeded, await parent.WhenSettledAsync(accepted.Job, Cancel));
        Assert.Equal("one two three four five six", Text(parent, accepted.Job, 0));
    }

    [Fact]
    public async Task A_schema_of_a_file_is_part_of_what_was_accepted()
    {
        await File.WriteAllTextAsync(_folder["s.json"],
            """{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}""", Cancel);
        await using var server = await ServeAsync(new Script());
        await using var parent = Open(Entry(server));
        var job =
            await RunAsync(
                parent,
                """{ "name": "n", "tasks": [{ "id": "a", "do": { "chat": { "model": "m/x", "prompt": "p", "schema": "s.json" } } }] }""");
        Assert.Equal(JobState.Succeeded, parent.Store.FindJob(job)!.Status.State);
        var plan = PlanJson.Read(parent.Store.FindJob(job)!.Record.PlanJson);
        Assert.NotNull(Assert.IsType<ChatSpec>(plan.Tasks[0].Do[0]).Schema);
    }

    [Theory]
    [InlineData("""{ "model": "mm/x", "prompt": "p" }""", "the model mm/x is not configured; "
        + "configured are m; did you mean m?")]
    [InlineData("""{ "model": "m", "prompt": "p" }""", "m says no model: write m/MODEL")]
    [InlineData("""{ "model": "m/x", "prompt": "p", "images": ["no.png"] }""", "no.png is not there")]
    [InlineData("""{ "model": "m/x", "prompt": "p", "schema": "no.json" }""", "no.json cannot be read")]
    [InlineData("""{ "model": "m/x", "prompt": "p", "schema": "bad.json" }""", "bad.json:1:38: properties.a.tpye: "
        + "an answer cannot be checked by this keyword; did you mean type?")]
    public async Task What_can_be_known_before_is_bad_input(string chat, string words)
    {
        await File.WriteAllTextAsync(_folder["bad.json"],
            """{"type":"object", "properties":{"a":{"tpye":"string"}}}""", Cancel);
        await using var parent =
            Open(new ModelEntry { Name = "m", Kind = ModelKind.OpenAi, Url = new Uri("http://127.0.0.1:1/v1") });
        var refused = await Assert.ThrowsAsync<PlanException>(() => parent.SubmitAsync(
            Job($$"""{ "name": "n", "tasks": [{ "id": "a", "do": { "chat": {{chat}} } }] }"""), Cancel));
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
        Assert.Empty(parent.Store.ListJobs(null, 1));
    }

    [Fact]
    public async Task A_key_that_is_not_set_is_something_the_machine_lacks_unless_another_tool_would_do()
    {
        await using var parent = Open(new ModelEntry
        {
            Name = "m",
            Kind = ModelKind.OpenAi,
            Url = new Uri("http://127.0.0.1:1/v1"),
            Key = KeyReference.Parse("env:NOT_SET_ANYWHERE"),
        });
        const string chat = """{ "chat": { "model": "m/x", "prompt": "p" } }""";
        var lacking = await Assert.ThrowsAsync<MachineLacksException>(() => parent.SubmitAsync(
            Job($$"""{ "name": "n", "tasks": [{ "id": "a", "do": {{chat}} }] }"""), Cancel));
        Assert.Contains("NOT_SET_ANYWHERE is not set", lacking.Message, StringComparison.Ordinal);
        var job =
            await RunAsync(parent, $$"""{ "name": "n", "tasks": [{ "id": "a", "do": [{{chat}}, { "wait": 0 }] }] }""");
        Assert.Equal(JobState.Succeeded, parent.Store.FindJob(job)!.Status.State);
    }

    [Fact]
    public async Task A_resumed_job_asks_at_the_prices_of_today()
    {
        const string Plan =
            """{ "name": "n", "each": ["a", "b"], "do": { "chat": { "model": "m/x", "prompt": "{item}" } }, "estimate": { "tokens": 1000 } }""";
        await using var server = await ServeAsync(new Script());
        string job;
        ApprovalRecord asked;
        decimal cost;
        await using (var first = Open(Entry(server) with { Price = new TokenPrice(100, 200) }))
        {
            job = (await first.SubmitAsync(Job(Plan) with { Yes = false }, Cancel)).Job;
            Assert.Equal(JobState.AwaitingApproval, await first.WhenSettledAsync(job, Cancel));
            (asked, cost) = (first.Store.FindApproval(job)!, CostOf(first, job));
        }

        await using (var same = Open(Entry(server) with { Price = new TokenPrice(100, 200) }))
        {
            await same.TakeAsync(job, goOn: true, Cancel);
            Assert.Equal((asked, cost), (same.Store.FindApproval(job)!, CostOf(same, job)));
        }

        await using var dearer = Open(Entry(server) with { Price = new TokenPrice(300, 600) });
        await dearer.TakeAsync(job, goOn: true, Cancel);
        Assert.Equal(JobState.AwaitingApproval, dearer.Store.FindJob(job)!.Status.State);
        Assert.NotEqual(asked.Hash, dearer.Store.FindApproval(job)!.Hash);
        Assert.Equal(3 * cost, CostOf(dearer, job), 9);
        Assert.Empty(server.Seen);

        static decimal CostOf(Parent parent, string id) =>
            DecisionJson.Read(parent.Store.FindJob(id)!.Status.DecisionJson!).CostUsd;
    }

    [Fact]
    public async Task A_key_is_nowhere_to_be_seen()
    {
        await using var server = await ServeAsync(new Script
        {
            Keys = [Key],
            Answers =
            [
                new Answer { When = "wrong|schema", Text = $$"""{"n":"{{Key}}"}""" },
                new Answer { Text = $"my key is {Key}, "
                    + $"in base64 {Convert.ToBase64String(Encoding.UTF8.GetBytes(Key))}" },
            ],
            Faults = [new Fault { Kind = FaultKind.HangMid, When = "hang" }],
        });
        string job;
        await using (var parent = Open(Entry(server)))
        {
            job = await RunAsync(parent, """
                { "name": "n", "limits": { "retries": 0 }, "tasks": [
                  { "id": "say", "do": { "chat": { "model": "m/x", "prompt": "say it" } } },
                  { "id": "wrong", "do": { "chat": { "model": "m/x", "prompt": "wrong",
                      "schema": { "type": "object", "properties": { "n": { "type": "integer" } } } } } },
                  { "id": "look", "do": { "sh": "env | grep -c not-to-be; cat /proc/*/cmdline | tr '\\0' '\\n' | grep -c 'sk-not-[t]o-be' ; true" } } ] }
                """);
            Assert.StartsWith("my key is ***, in base64 ***", Text(parent, job, 0), StringComparison.Ordinal);
            Assert.Contains("found \"***\"", parent.Store.FindTask(job, 1)!.Error, StringComparison.Ordinal);
            Assert.Equal("0\n0\n", Text(parent, job, 2));
            var hanging =
                await parent.SubmitAsync(
                    Job(
                        """{ "name": "n", "each": ["hang"], "do": { "chat": { "model": "m/x", "prompt": "{item}" } } }"""), Cancel);
            await server.ArrivedAsync(4, Cancel);
            Assert.Empty(ProcessesThatShow(Key));
            await parent.AskAsync(hanging.Job, "cancel", null, "test", Cancel);
            await parent.WhenSettledAsync(hanging.Job, Cancel);
        }

        var files = Directory.GetFiles(_folder["home"], "*", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        Assert.All(files,
            file => Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(Key)) < 0, file));
    }

    private static IEnumerable<string> ProcessesThatShow(string text)
    {
        foreach (var process in Directory.GetDirectories("/proc").Where(path => path.Skip(6).All(char.IsAsciiDigit)))
        {
            foreach (var name in (string[])["environ", "cmdline"])
            {
                byte[] bytes = [];
                try
                {
                    bytes = File.ReadAllBytes(Path.Combine(process, name));
                }
                catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
                {
                    // It ended meanwhile, or is another's.
                }

                if (bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0) yield return $"{process}/{name}";
            }
        }
    }

    private static Task<ModelServer> ServeAsync(Script script) =>
        ModelServer.StartAsync(new ModelServerOptions { Script = script }, Cancel);

    private static ModelEntry Entry(ModelServer server) => new()
    {
        Name = "m",
        Kind = ModelKind.OpenAi,
        Url = new Uri(server.Url + "/v1"),
        Key = KeyReference.Parse("env:MODEL_KEY"),
    };

    private Parent Open(ModelEntry entry) => Parent.Open(new ParentOptions
    {
        Home = _folder["home"],
        Environment = new Dictionary<string, string>(EnvironmentBuilder.OfThisProcess()) { ["MODEL_KEY"] = Key },
        Models = new ModelCatalog([entry]),
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

    private static string Merged(Parent parent, string job) =>
        Read(parent, job, parent.Store.FindJob(job)!.Status.Output);

    private static string Text(Parent parent, string job, int ordinal) =>
        Read(parent, job, parent.Store.FindTask(job, ordinal)!.Output);

    private static string Read(Parent parent, string job, OutputRef output)
    {
        using var reader = new StreamReader(parent.Outputs.Read(job, output));
        return reader.ReadToEnd();
    }
}
