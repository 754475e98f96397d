using System.Text;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.StandIn;
using Amoeba.Tests.Fakes;
using Amoeba.Tools.Fetch;

namespace Amoeba.Tests.Hosting;

/// <summary>Keys that headers of `fetch` take from variables and files.</summary>
public sealed class HeaderSecretTests : IDisposable
{
    private const string OfVariable = "of-a-variable-not-to-be-seen-42";
    private const string OfFile = "of-a-file-not-to-be-seen-43";
    private const string Inherited = "inherited-not-to-be-seen-44";

    private readonly TempFolder _folder = new();

    public HeaderSecretTests() => File.WriteAllText(_folder["key"], OfFile + "\n");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task They_reach_the_server_and_nothing_else()
    {
        await using var server = await ServeAsync();
        string job;
        await using (var parent = Open($"file:{_folder["key"]}", "env:WEB_KEY"))
        {
            job = await RunAsync(parent, $$"""
                { "name": "n", "limits": { "retries": 0 }, "tasks": [
                  { "id": "get", "do": { "fetch": { "url": "{{server.Url}}/page/10?etag=v", "headers": {
                      "X-One": "env:WEB_KEY", "X-Two": "token file:{{_folder["key"]}}", "X-Three": "env:INHERITED" } } } },
                  { "id": "again", "needs": ["get"], "do": { "fetch": { "url": "{{server.Url}}/page/10?etag=v", "headers": { "X-One": "env:WEB_KEY" } } } },
                  { "id": "look", "do": { "sh": "cat key; printf %s $INHERITED" } } ] }
                """);
            Assert.Equal(JobState.Succeeded, parent.Store.FindJob(job)!.Status.State);
            using var look = new StreamReader(parent.Outputs.Read(job, parent.Store.FindTask(job, 2)!.Output));
            Assert.Equal("***\n***", look.ReadToEnd());
        }

        var sent = server.Seen[0].Headers;
        Assert.Equal((OfVariable, $"token {OfFile}", Inherited), (sent["x-one"], sent["x-two"], sent["x-three"]));
        Assert.DoesNotContain("if-none-match", server.Seen[1].Headers.Keys);
        var files = Directory.GetFiles(_folder["home"], "*", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (var secret in (string[])[OfVariable, OfFile, Inherited])
            Assert.All(files,
                file =>
                    Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)) < 0, file));
    }

    [Fact]
    public async Task What_is_filled_in_is_never_read_as_the_place_of_one()
    {
        await using var server = await ServeAsync();
        await using var parent = Open("env:WEB_KEY");
        var job = await RunAsync(parent, $$"""
            { "name": "n", "vars": { "v": "env:WEB_KEY" }, "each": ["env:WEB_KEY"],
              "do": { "fetch": { "url": "{{server.Url}}/page/10", "headers": { "X-One": "{item}", "X-Two": "{vars.v}" } } } }
            """);
        Assert.Equal(JobState.Succeeded, parent.Store.FindJob(job)!.Status.State);
        Assert.Equal(("env:WEB_KEY", "env:WEB_KEY"),
            (server.Seen[0].Headers["x-one"], server.Seen[0].Headers["x-two"]));
    }

    [Theory]
    [InlineData("X-Key", "env:HOME_KEY", "env:HOME_KEY, which the configuration does not list; let it say fetch: "
        + "{ secrets: [\"env:HOME_KEY\"] }")]
    [InlineData("X-Key", "Bearer file:/etc/passwd", "file:/etc/passwd, which the configuration does not list")]
    [InlineData("User-Agent", "env:WEB_KEY", "goes to every host that a redirect leads to")]
    [InlineData("X-Key", "env:A-B", "\"A-B\" is no name of an environment variable")]
    [InlineData("X-Key", "file:key", "expected file: with a whole path")]
    public async Task What_a_plan_may_not_name_is_bad_input(string header, string value, string words)
    {
        await using var parent = Open("env:WEB_KEY");
        var refused = await Assert.ThrowsAsync<PlanException>(() => RunAsync(parent, Plan(header, value)));
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
        Assert.Empty(parent.Store.ListJobs(null, 1));
    }

    [Theory]
    [InlineData("env:NOT_SET_ANYWHERE", "the environment variable NOT_SET_ANYWHERE is not set")]
    [InlineData("file:/nowhere/key", "the key file /nowhere/key is not there")]
    public async Task What_is_not_there_is_something_the_machine_lacks(string place, string words)
    {
        await using var parent = Open(place);
        var lacking =
            await Assert.ThrowsAsync<MachineLacksException>(
                () => RunAsync(parent, Plan("Authorization", $"Bearer {place}")));
        Assert.Contains(words, lacking.Message, StringComparison.Ordinal);
        var looked = await parent.PrepareAsync(Job(Plan("Authorization", $"Bearer {place}")), Cancel);
        Assert.Contains(looked.Warnings, warning => warning.Contains(words, StringComparison.Ordinal));
    }

    private static string Plan(string header, string value) =>
        $$"""{ "name": "n", "tasks": [{ "id": "a", "do": { "fetch": { "url": "http://127.0.0.1:1/", "headers": { "{{header}}": "{{value}}" } } } }] }""";

    private static Task<ModelServer> ServeAsync() => ModelServer.StartAsync(new ModelServerOptions(), Cancel);

    private Parent Open(params string[] secrets) => Parent.Open(new ParentOptions
    {
        Home = _folder["home"],
        Environment = new Dictionary<string, string>(EnvironmentBuilder.OfThisProcess())
        {
            ["WEB_KEY"] = OfVariable,
            ["INHERITED"] = Inherited,
        },
        Inherit = ["INHERITED"],
        Fetch = new FetchOptions { Secrets = secrets },
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
}
