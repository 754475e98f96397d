using System.Text.Json;
using Amoeba.StandIn;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cli;

public sealed class DoctorModelsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_model_is_looked_at_and_no_key_is_shown()
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var server = await ModelServer.StartAsync(
            new ModelServerOptions { Script = new Script { Models = ["small", "large"], Keys = ["sk-right-key"] } },
            cancel);
        await File.WriteAllTextAsync(_folder["amoeba.yaml"], $$"""
            models:
              up: { kind: openai, url: "{{server.Url}}", key: sk-right-key }
              wrong: { kind: openai, url: "{{server.Url}}", key: sk-wrong-key }
              down: { kind: openai, url: "http://127.0.0.1:1/v1" }
              lacking: { kind: openai, url: "{{server.Url}}", key: env:NOT_SET }
              priced: { kind: openai, url: "{{server.Url}}", key: sk-right-key, model: large, price: { input: 2, output: 8 } }
            """, cancel);
        var run = await CliRun.InAsync(_folder.Path, "", "doctor", "--json");
        Assert.Equal(0, run.Code);
        Assert.DoesNotContain("sk-", run.Out, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(run.Out);
        var models = json.RootElement.GetProperty("data").EnumerateArray()
            .Where(fact => fact.GetProperty("area").GetString() == "models")
            .ToDictionary(fact => fact.GetProperty("name").GetString()!,
                fact => $"{fact.GetProperty("state")}: {fact.GetProperty("detail")} {fact.GetProperty("fix")}");
        (string Name, string State, string Words)[] expected =
        [
            ("up", "ok", "it has small, large"), ("up", "ok", "free (it runs on this machine)"),
            ("wrong", "missing", "it refused the key"), ("down", "missing", "start the server"),
            ("lacking", "missing", "NOT_SET is not set"),
            ("priced", "ok", "$2 in and $8 out a million tokens of large"),
        ];
        foreach (var (name, state, words) in expected)
        {
            Assert.StartsWith(state, models[name], StringComparison.Ordinal);
            Assert.Contains(words, models[name], StringComparison.Ordinal);
        }
    }
}
