using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Models;
using Amoeba.Plans;
using Amoeba.StandIn;
using Amoeba.Tests.Plans;

namespace Amoeba.Tests.Tools.Chat;

public sealed class ChatToolTests
{
    private const string Object =
        """{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"],"additionalProperties":false}""";

    public static TheoryData<string> Kinds => ["OpenAi", "Anthropic"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_answer_is_the_output_and_its_tokens_are_counted_and_paid(string kind)
    {
        await using var rig = await StartAsync(kind, new Script
        {
            Answers = [new Answer { Text = "the answer", Usage = new Usage { Input = 100, Cached = 40, Output = 20 } }],
        }, entry => entry with { Price = new TokenPrice(1, 10, 0.5m) });
        var said =
            await rig.AskAsync(
                new BoundChat("m/x", "hello") { System = "be brief", Temperature = 0.5, MaxTokens = 50 });
        Assert.Equal((AttemptEnd.Succeeded, "the answer"), (said.Outcome.End, said.Text));
        Assert.Equal((60, 20, 40), (said.Outcome.Tokens.Input, said.Outcome.Tokens.Output, said.Outcome.Tokens.Cached));
        Assert.Equal((60m + 200m + 20m) / 1_000_000, said.Outcome.CostUsd);
        Assert.Null(said.Outcome.Note);
        var seen = Assert.Single(rig.Server.Seen);
        Assert.Contains("be brief", seen.Body, StringComparison.Ordinal);
        Assert.Contains("\"temperature\":0.5", seen.Body, StringComparison.Ordinal);
        Assert.Contains("\"max_tokens\":50", seen.Body, StringComparison.Ordinal);
        Assert.Equal(120, Assert.Single(rig.Quotas.Settled).Tokens);
    }

    [Fact]
    public async Task Thinking_is_counted_and_is_no_part_of_the_answer()
    {
        await using var rig = await StartAsync("OpenAi", new Script
        {
            Answers =
                [new Answer { Text = "so it is", Reasoning = "hm, "
                    + "let me see", Usage = new Usage { Input = 5, Output = 9, Reasoning = 4 } }],
        });
        var said = await rig.AskAsync("hello");
        Assert.Equal("so it is", said.Text);
        Assert.Equal(new TokenCounts(5, 9, 0, 4), said.Outcome.Tokens);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Tokens_that_nobody_counts_are_estimated_and_said_to_be(string kind)
    {
        await using var rig = await StartAsync(kind, new Script
        {
            Answers = [new Answer { Text = new string('x', 400), Usage = new Usage { Omit = true } }],
        });
        var said = await rig.AskAsync(new string('y', 80));
        Assert.Equal((20, 100), (said.Outcome.Tokens.Input, said.Outcome.Tokens.Output));
        Assert.Contains("estimated", said.Outcome.Note, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_answer_by_schema_is_checked_and_given_as_it_is(string kind)
    {
        await using var rig = await StartAsync(kind, new Script());
        var said = await rig.AskAsync(BySchema());
        Assert.Equal(AttemptEnd.Succeeded, said.Outcome.End);
        Assert.Empty(Schemas.Of(Object).Check(System.Text.Json.JsonDocument.Parse(said.Text).RootElement));
        Assert.Single(rig.Server.Seen);
    }

    [Theory]
    [InlineData("OpenAi", Wrong.Schema)]
    [InlineData("OpenAi", Wrong.Syntax)]
    [InlineData("Anthropic", Wrong.Schema)]
    public async Task A_wrong_answer_is_asked_for_once_more_and_both_are_counted(string kind, Wrong wrong)
    {
        await using var rig = await StartAsync(kind, new Script
        {
            Answers =
            [
                new Answer
                {
                    Wrong = wrong,
                    Tools = kind == "Anthropic" ? [ToolCall.Of("answer", """{"n":"one"}""")] : [],
                    Times = 1,
                    Usage = new Usage { Input = 10, Output = 5 },
                },
                new Answer { Usage = new Usage { Input = 20, Output = 5 } },
            ],
        });
        var said = await rig.AskAsync(BySchema());
        Assert.Equal((AttemptEnd.Succeeded, 2), (said.Outcome.End, rig.Server.Seen.Count));
        Assert.Equal((30, 10), (said.Outcome.Tokens.Input, said.Outcome.Tokens.Output));
        Assert.Contains("repaired", said.Outcome.Note, StringComparison.Ordinal);
        Assert.Contains("not by the schema", rig.Server.Seen[1].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_is_wrong_twice_fails_with_what_is_wrong()
    {
        await using var rig =
            await StartAsync("OpenAi", new Script { Answers = [new Answer { Text = """{"n":"one"}""" }] });
        var said = await rig.AskAsync(BySchema());
        Assert.Equal((AttemptEnd.Failed, 2), (said.Outcome.End, rig.Server.Seen.Count));
        Assert.Contains("$.n: expected integer, found \"one\"", said.Error, StringComparison.Ordinal);
        Assert.Equal("""{"n":"one"}""", said.Text);
        Assert.True(said.Outcome.Tokens.Input > 0);
    }

    [Fact]
    public async Task A_fence_around_the_answer_is_taken_off()
    {
        await using var rig =
            await StartAsync("OpenAi", new Script { Answers = [new Answer { Text = "```json\n{\"n\": 1}\n```" }] });
        Assert.Equal("{\"n\": 1}", (await rig.AskAsync(BySchema())).Text);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_answer_that_was_cut_short_stands_with_a_note_and_falls_where_a_schema_was_asked(string kind)
    {
        await using var rig =
            await StartAsync(kind, new Script { Answers = [new Answer { Text = "half of", Finish = Finish.Length }] });
        var said = await rig.AskAsync("hello");
        Assert.Equal((AttemptEnd.Succeeded, "half of"), (said.Outcome.End, said.Text));
        Assert.Contains("cut short", said.Outcome.Note, StringComparison.Ordinal);
        if (kind == "Anthropic") return; // its forced tool has no text to cut
        var bound = await rig.AskAsync(BySchema());
        Assert.Equal(AttemptEnd.Hopeless, bound.Outcome.End);
        Assert.StartsWith("length:", bound.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_is_held_back_is_a_failure_with_words(string kind)
    {
        await using var rig =
            await StartAsync(kind, new Script { Answers = [new Answer { Text = "I", Finish = Finish.ContentFilter }] });
        var said = await rig.AskAsync("hello");
        Assert.Equal(AttemptEnd.Hopeless, said.Outcome.End);
        Assert.Contains("change the prompt", said.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_refusal_by_a_limit_is_waited_out_within_the_attempt(string kind)
    {
        await using var rig = await StartAsync(kind, new Script
        {
            Faults =
                [new Fault { Kind = FaultKind.Status,
                    Status = kind == "Anthropic" ? 529 : 429, First = 3, RetryAfter = 2 }],
        });
        var said = await rig.AskAsync("hello");
        Assert.Equal((AttemptEnd.Succeeded, 4), (said.Outcome.End, rig.Quotas.Granted));
        Assert.Equal(3, rig.Quotas.Refused.Count);
        Assert.All(rig.Quotas.Refused, news => Assert.Equal(TimeSpan.FromSeconds(2), news.RetryAfter));
        Assert.Single(rig.Quotas.Settled);
    }

    [Fact]
    public async Task Limits_of_tokens_bound_the_answer_and_refuse_what_cannot_fit()
    {
        await using var rig = await StartAsync("OpenAi", new Script());
        await rig.AskAsync(new BoundChat("m/x", new string('x', 40)) { MaxTokens = 500 },
            LimitSpec.Default with { Tokens = 100 });
        Assert.Contains("\"max_tokens\":90", rig.Server.Seen[0].Body, StringComparison.Ordinal);
        var said = await rig.AskAsync(new string('x', 4000), LimitSpec.Default with { Tokens = 100 });
        Assert.Equal((AttemptEnd.Hopeless, 1), (said.Outcome.End, rig.Server.Seen.Count));
        Assert.Contains("limits.tokens is 100", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_seed_is_sent_and_where_there_is_none_that_is_said()
    {
        await using var open = await StartAsync("OpenAi", new Script());
        Assert.Null((await open.AskAsync(new BoundChat("m/x", "a") { Seed = 7 })).Outcome.Note);
        Assert.Contains("\"seed\":7", open.Server.Seen[0].Body, StringComparison.Ordinal);
        await using var other = await StartAsync("Anthropic", new Script());
        Assert.Contains("seed", (await other.AskAsync(new BoundChat("m/x", "a") { Seed = 7 })).Outcome.Note,
            StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_stopped_attempt_ends_at_once_and_keeps_its_count(string kind)
    {
        await using var rig = await StartAsync(kind, new Script
        {
            Faults = [new Fault { Kind = FaultKind.HangMid, After = 2 }],
            Answers = [new Answer { Tokens = 50 }],
        });
        using var stop = new CancellationTokenSource();
        var asked = rig.AskAsync(new BoundChat("m/x", "hello"), cancel: stop.Token);
        await rig.Server.ArrivedAsync(1, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        Assert.Equal(AttemptEnd.Stopped, (await asked).Outcome.End);
        Assert.Equal(rig.Quotas.Granted, rig.Quotas.Settled.Count);
    }

    private static BoundChat BySchema() => new("m/x", "hello") { Schema = Schemas.Of(Object) };

    private static Task<ChatRig> StartAsync(string kind, Script script, Func<ModelEntry, ModelEntry>? change = null) =>
        ChatRig.StartAsync(script, Enum.Parse<ModelKind>(kind), change: change);
}
