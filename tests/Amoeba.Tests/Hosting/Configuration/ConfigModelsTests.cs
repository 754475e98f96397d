using Amoeba.Hosting.Configuration;
using Amoeba.Models;
using Amoeba.Plans;
using Amoeba.Scheduling;

namespace Amoeba.Tests.Hosting.Configuration;

public sealed class ConfigModelsTests
{
    [Fact]
    public void Everything_that_can_be_said_of_a_model_is_read()
    {
        var entry = Assert.Single(Bind("""
            big:
              kind: openai
              url: https://models.example/openai/v1
              key: env:BIG_KEY
              model: large
              price: { input: 1.5, output: 6, cached: 0.75 }
              quota: { concurrency: 4, requests: 60, tokens: 100000 }
              headers: { X-Team: file:/etc/team, X-Plain: yes }
              models: { "small": { price: free, quota: { requests: 9 } } }
            """));
        Assert.Equal(
            ("big", ModelKind.OpenAi, "https://models.example/openai/v1", "large"),
            (entry.Name, entry.Kind, entry.Url!.ToString(), entry.Model));
        Assert.Equal((new TokenPrice(1.5m, 6, 0.75m), new QuotaSpec(4, 60, 100_000)), (entry.Price, entry.Quota));
        Assert.Equal((KeyPlace.Variable, "BIG_KEY"), (entry.Key!.Place, entry.Key.Text));
        Assert.Equal((KeyPlace.File, KeyPlace.Literal),
            (entry.Headers["x-team"].Place, entry.Headers["X-Plain"].Place));
        Assert.Equal(new ModelDetail(TokenPrice.Free, new QuotaSpec(Requests: 9)), entry.Models["small"]);
    }

    [Fact]
    public void What_is_left_out_is_the_vendors_own()
    {
        var entries =
            Bind("a: { kind: openai }\nb: { kind: anthropic }\nc: { kind: openai, url: \"http://127.0.0.1:11434\" "
                + "}\nd: { kind: openai, key: none }");
        Assert.Equal(("https://api.openai.com/v1", "env:OPENAI_API_KEY"),
            (entries[0].Url!.ToString(), entries[0].Key!.ToString()));
        Assert.Equal(("https://api.anthropic.com/v1", "env:ANTHROPIC_API_KEY"),
            (entries[1].Url!.ToString(), entries[1].Key!.ToString()));
        Assert.Equal(("http://127.0.0.1:11434/v1", null), (entries[2].Url!.ToString(), entries[2].Key));
        Assert.Null(entries[3].Key);
    }

    [Theory]
    [InlineData("a: { url: \"http://x\" }", "a.kind: missing")]
    [InlineData("a: { kind: opanai }", "Did you mean openai?")]
    [InlineData("a: { kind: openai, url: \"ftp://x\" }", "a.url: expected an address")]
    [InlineData("a: { kind: openai, url: \"http://me:secret@x/v1\" }", "does not belong into the address")]
    [InlineData("a: { kind: openai, key: \"env:A-B\" }", "is no name of an environment variable")]
    [InlineData("a: { kind: openai, key: \"file:keys/a\" }", "a whole path")]
    [InlineData("a: { kind: openai, price: { input: 1 } }", "a.price.output: missing")]
    [InlineData("a: { kind: openai, price: cheap }", "a.price: expected free")]
    [InlineData("a: { kind: openai, quota: { request: 5 } }", "did you mean requests?")]
    [InlineData("a: { kind: openai, quota: { requests: 0 } }", "a.quota.requests: "
        + "expected a whole number of at least 1")]
    [InlineData("a/b: { kind: openai }", "is no name of a model")]
    [InlineData("a: { kind: openai, headers: { \"a b\": c } }", "is no name of a header")]
    public void A_mistake_is_told_where_it_is(string text, string words)
    {
        var told = Assert.Throws<PlanException>(() => Bind(text)).Message;
        Assert.Contains(words, told, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", told, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_and_headers_are_not_shown()
    {
        var shown = NodeJson.Of(ConfigModels.Masked(NodeReader.Read(
            "a: { kind: openai, key: sk-secret, headers: { X: sk-secret, Y: env:Z }, models: { m: { price: free } } }",
            "config")!));
        Assert.Equal(
            """{"a":{"kind":"openai","key":"***","headers":{"X":"***","Y":"env:Z"},"models":{"m":{"price":"free"}}}}""",
            shown);
    }

    private static IReadOnlyList<ModelEntry> Bind(string text)
    {
        var errors = new PlanErrors("config");
        var config = ConfigModels.Bind(new PlanCursor(NodeReader.Read(text, "config")!, "", errors));
        errors.ThrowIfAny();
        return config.Entries;
    }
}
