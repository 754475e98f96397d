using Amoeba.Engine.Ports;
using Amoeba.Models;
using Amoeba.Plans;
using Amoeba.StandIn;

namespace Amoeba.Tests.Tools.Chat;

/// <summary>Nothing that breaks is ever taken for an answer, and each says what broke.</summary>
public sealed class ChatFaultTests
{
    /// <summary>For what hangs for ever: long enough for a busy machine to have come to it.</summary>
    private static readonly LimitSpec Impatient = LimitSpec.Default with { Stall = TimeSpan.FromSeconds(2) };

    public static TheoryData<ModelKindName, FaultKind, string> Breaks
    {
        get
        {
            var data = new TheoryData<ModelKindName, FaultKind, string>();
            foreach (var kind in Enum.GetValues<ModelKindName>())
            {
                data.Add(kind, FaultKind.Cut, "broken answer");
                data.Add(kind, FaultKind.Reset, "broken answer");
                data.Add(kind, FaultKind.Half, "broken answer");
                data.Add(kind, FaultKind.NoEnd, "broken answer");
                data.Add(kind, FaultKind.Malformed, "broken answer");
                data.Add(kind, FaultKind.Drop, "not reached");
                data.Add(kind, FaultKind.Hang, "stall: ");
                data.Add(kind, FaultKind.HangMid, "stall: ");
                data.Add(kind, FaultKind.Empty, "broken answer");
                data.Add(kind, FaultKind.ErrorEvent, "broken answer");
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Breaks))]
    public async Task What_breaks_is_a_failed_attempt_that_says_so(ModelKindName kind, FaultKind fault, string words)
    {
        await using var rig = await ChatRig.StartAsync(
            new Script { Answers = [new Answer { Tokens = 40 }], Faults = [new Fault { Kind = fault }] },
            (ModelKind)kind);
        var limits = fault switch
        {
            FaultKind.Hang => Impatient,
            FaultKind.HangMid => Impatient with { Stall = 5 * Impatient.Stall }, // its first half is to come before
            _ => LimitSpec.Default,
        };
        var said = await rig.AskAsync("hello", limits);
        Assert.Equal(AttemptEnd.Failed, said.Outcome.End);
        Assert.Contains(words, said.Error, StringComparison.Ordinal);
        Assert.Contains("m (http://127.0.0.1:", said.Error, StringComparison.Ordinal);
        Assert.Equal(rig.Quotas.Granted, rig.Quotas.Settled.Count);
        if (fault is FaultKind.HangMid or FaultKind.NoEnd)
            Assert.True(said.Outcome.Tokens.Output > 0, "what was spent is spent");
    }

    [Theory]
    [InlineData(ModelKindName.OpenAi, FaultKind.Noise)]
    [InlineData(ModelKindName.OpenAi, FaultKind.Trickle)]
    [InlineData(ModelKindName.OpenAi, FaultKind.ContentType)]
    [InlineData(ModelKindName.Anthropic, FaultKind.Noise)]
    [InlineData(ModelKindName.Anthropic, FaultKind.Trickle)]
    [InlineData(ModelKindName.Anthropic, FaultKind.ContentType)]
    public async Task What_is_only_odd_is_understood(ModelKindName kind, FaultKind fault)
    {
        await using var rig = await ChatRig.StartAsync(
            new Script
            {
                Answers = [new Answer { Text = "all of it" }],
                Faults = [new Fault { Kind = fault, Pause = 0 }]
            }, (ModelKind)kind);
        var said = await rig.AskAsync("hello");
        Assert.Equal((AttemptEnd.Succeeded, "all of it"), (said.Outcome.End, said.Text));
    }

    [Theory]
    [InlineData(400, AttemptEnd.Hopeless)]
    [InlineData(403, AttemptEnd.Hopeless)]
    [InlineData(500, AttemptEnd.Failed)]
    [InlineData(502, AttemptEnd.Failed)]
    [InlineData(503, AttemptEnd.Failed)]
    public async Task A_status_decides_whether_another_try_makes_sense(int status, object end)
    {
        await using var rig =
            await ChatRig.StartAsync(new Script { Faults = [new Fault { Kind = FaultKind.Status, Status = status }] });
        var said = await rig.AskAsync("hello");
        Assert.Equal(end, said.Outcome.End);
        Assert.Contains($"{status}", said.Error, StringComparison.Ordinal);
        Assert.Equal(default, said.Outcome.Tokens);
    }

    [Theory]
    [InlineData(ModelKindName.OpenAi)]
    [InlineData(ModelKindName.Anthropic)]
    public async Task A_wrong_key_says_where_the_key_is_and_never_what_it_is(ModelKindName kind)
    {
        await using var rig = await ChatRig.StartAsync(new Script { Keys = ["another-key-entirely"] }, (ModelKind)kind);
        var said = await rig.AskAsync("hello");
        Assert.Equal(AttemptEnd.Hopeless, said.Outcome.End);
        Assert.Contains("wrong key", said.Error, StringComparison.Ordinal);
        Assert.Contains("env:KEY (models.m.key)", said.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(ChatRig.Key, said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_right_key_is_sent_as_each_vendor_wants_it()
    {
        foreach (var kind in Enum.GetValues<ModelKindName>())
        {
            await using var rig = await ChatRig.StartAsync(new Script { Keys = [ChatRig.Key] }, (ModelKind)kind);
            Assert.Equal(AttemptEnd.Succeeded, (await rig.AskAsync("hello")).Outcome.End);
        }
    }

    [Fact]
    public async Task An_unknown_model_is_named()
    {
        await using var rig = await ChatRig.StartAsync(new Script { Models = ["other"] });
        var said = await rig.AskAsync("hello");
        Assert.Equal(AttemptEnd.Hopeless, said.Outcome.End);
        Assert.Contains("has no model x", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prompt_that_is_too_long_says_so()
    {
        await using var rig = await ChatRig.StartAsync(new Script { Context = 10 });
        var said = await rig.AskAsync(string.Join(' ', Enumerable.Repeat("word", 100)));
        Assert.Equal(AttemptEnd.Hopeless, said.Outcome.End);
        Assert.Contains("prompt too long", said.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_down_says_what_to_start()
    {
        var rig = await ChatRig.StartAsync(new Script());
        await rig.Server.DisposeAsync();
        var said = await rig.AskAsync("hello");
        Assert.Equal(AttemptEnd.Failed, said.Outcome.End);
        Assert.Contains("server down: nothing listens at m (http://127.0.0.1:", said.Error, StringComparison.Ordinal);
        Assert.False(Assert.Single(rig.Quotas.Settled).Sent);
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_refused_with_words()
    {
        await using var rig = await ChatRig.StartAsync(new Script(), https: true);
        var said = await rig.AskAsync("hello");
        Assert.Equal(AttemptEnd.Hopeless, said.Outcome.End);
        Assert.StartsWith("certificate:", said.Error, StringComparison.Ordinal);
        Assert.Empty(rig.Server.Seen);
    }

    [Fact]
    public async Task A_missing_key_and_an_unknown_name_are_hopeless()
    {
        await using var rig =
            await ChatRig.StartAsync(new Script(),
                change: entry => entry with { Key = KeyReference.Parse("env:NOT_THERE") });
        var said = await rig.AskAsync("hello");
        Assert.Equal(AttemptEnd.Hopeless, said.Outcome.End);
        Assert.Contains("NOT_THERE is not set", said.Error, StringComparison.Ordinal);
        Assert.Contains("configured are m",
            (await rig.AskAsync(new BoundChat("n/x", "hello"))).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_over_the_limit_of_output_is_not_kept_whole()
    {
        await using var rig =
            await ChatRig.StartAsync(new Script { Answers = [new Answer { Text = new string('x', 100_000) }] });
        var said = await rig.AskAsync("hello", LimitSpec.Default with { Output = 1000 });
        Assert.Equal((AttemptEnd.OverLimit, 1000), (said.Outcome.End, said.Text.Length));
    }
}

/// <summary>The kinds of server, where a test is public and they are not.</summary>
public enum ModelKindName
{
    OpenAi = 0,
    Anthropic = 1,
}
