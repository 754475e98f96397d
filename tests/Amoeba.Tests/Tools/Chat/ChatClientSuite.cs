using Amoeba.Models;
using Amoeba.StandIn;
using Amoeba.Tools.Chat;
using Microsoft.Extensions.AI;

namespace Amoeba.Tests.Tools.Chat;

/// <summary>What every client does, as programs that know only IChatClient expect it.</summary>
public abstract class ChatClientSuite
{
    private protected abstract ModelKind Kind { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_streamed_answer_is_the_same_as_a_whole_one()
    {
        await using var rig =
            await StartAsync(
                new Answer { Text = "one two three", Usage = new Usage { Input = 11, Cached = 3, Output = 7 } });
        var client = rig.Client();
        var whole = await client.GetResponseAsync("hello", cancellationToken: Cancel);
        var pieces = new List<ChatResponseUpdate>();
        await foreach (var update in client.GetStreamingResponseAsync("hello", cancellationToken: Cancel))
            pieces.Add(update);
        var streamed = pieces.ToChatResponse();
        foreach (var response in (ChatResponse[])[whole, streamed])
        {
            Assert.Equal("one two three", response.Text);
            Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
            Assert.Equal((11, 7, 3),
                (response.Usage!.InputTokenCount, response.Usage.OutputTokenCount,
                    response.Usage.CachedInputTokenCount));
            Assert.Equal(ChatRole.Assistant, Assert.Single(response.Messages).Role);
        }

        Assert.True(pieces.Count(piece => piece.Text.Length > 0) > 1, "it comes in pieces");
    }

    [Fact]
    public async Task A_conversation_goes_with_its_roles_and_options()
    {
        await using var rig = await StartAsync(new Answer { Text = "fine" });
        await rig.Client().GetResponseAsync(
            [new(ChatRole.System, "be kind"), new(ChatRole.User, "a"),
                new(ChatRole.Assistant, "b"), new(ChatRole.User, "c")],
            new ChatOptions { ModelId = "other", Temperature = 0.25f, MaxOutputTokens = 9 },
            Cancel);
        var body = Assert.Single(rig.Server.Seen).Body;
        foreach (var part in (string[])["be kind", "\"model\":\"other\"",
            "\"assistant\"", "\"temperature\":0.25", "\"max_tokens\":9"])
            Assert.Contains(part, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Images_go_along()
    {
        await using var rig = await StartAsync(new Answer { Text = "a picture" });
        var message = new ChatMessage(ChatRole.User,
            [new DataContent(Pictures.Png, "image/png"), new TextContent("what is it?")]);
        Assert.Equal("a picture", (await rig.Client().GetResponseAsync([message], cancellationToken: Cancel)).Text);
        Assert.Contains(Convert.ToBase64String(Pictures.Png), rig.Server.Seen[0].Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_call_that_is_cancelled_throws_that()
    {
        await using var rig =
            await ChatRig.StartAsync(new Script { Faults = [new Fault { Kind = FaultKind.Hang }] }, Kind);
        using var stop = new CancellationTokenSource();
        var call = rig.Client().GetResponseAsync("hello", cancellationToken: stop.Token);
        await rig.Server.ArrivedAsync(1, Cancel);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public async Task A_whole_answer_that_breaks_is_no_answer()
    {
        foreach (var fault in (FaultKind[])[FaultKind.Cut, FaultKind.Reset, FaultKind.Malformed, FaultKind.Empty])
        {
            await using var rig = await ChatRig.StartAsync(new Script { Faults = [new Fault { Kind = fault }] }, Kind);
            await Assert.ThrowsAsync<ChatFailureException>(
                () => rig.Client().GetResponseAsync("hello", cancellationToken: Cancel));
        }
    }

    [Fact]
    public async Task It_says_what_it_is()
    {
        await using var rig = await StartAsync(new Answer { Text = "x" });
        var metadata = Assert.IsType<ChatClientMetadata>(rig.Client().GetService(typeof(ChatClientMetadata)));
        Assert.Equal(("x", rig.Entry.Url), (metadata.DefaultModelId, metadata.ProviderUri));
        Assert.Null(rig.Client().GetService(typeof(string)));
    }

    private Task<ChatRig> StartAsync(Answer answer) => ChatRig.StartAsync(new Script { Answers = [answer] }, Kind);
}

public sealed class OpenAiClientTests : ChatClientSuite
{
    private protected override ModelKind Kind => ModelKind.OpenAi;
}

public sealed class AnthropicClientTests : ChatClientSuite
{
    private protected override ModelKind Kind => ModelKind.Anthropic;
}

/// <summary>The smallest files of their kinds.</summary>
internal static class Pictures
{
    public static byte[] Png { get; } = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 0];
}
