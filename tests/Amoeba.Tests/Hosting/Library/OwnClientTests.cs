using System.Runtime.CompilerServices;
using Amoeba.Jobs;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Amoeba.Tests.Hosting.Library;

public sealed class OwnClientTests
{
    [Fact]
    public async Task A_client_of_the_program_is_called_by_its_name()
    {
        var client = new Shouting();
        var services = new ServiceCollection();
        services.AddAmoeba(options => options.ChatClients["mine"] = client);
        await using var provider = services.BuildServiceProvider();
        var result = await provider.GetRequiredService<IAmoeba>().RunAsync(
            """{ "each": ["a", "b"], "do": { "chat": { "model": "mine/loud", "prompt": "{item}", "system": "s" } }, "merge": "lines" }""",
            cancel: TestContext.Current.CancellationToken);
        Assert.Equal((JobState.Succeeded, "A by loud\nB by loud\n"), (result.State, result.Text));
        Assert.False(client.IsDisposed);
    }

    [Fact]
    public async Task A_client_that_throws_fails_its_task_with_its_words()
    {
        var services = new ServiceCollection();
        services.AddAmoeba(options => options.ChatClients["mine"] = new Shouting { Problem = "no voice" });
        await using var provider = services.BuildServiceProvider();
        var result = await provider.GetRequiredService<IAmoeba>().RunAsync(
            """{ "each": ["a"], "limits": { "retries": 0 }, "do": { "chat": { "model": "mine", "prompt": "{item}" } } }""",
            cancel: TestContext.Current.CancellationToken);
        Assert.Equal(JobState.Failed, result.State);
        Assert.Contains("no voice", Assert.Single(result.Tasks).Error, StringComparison.Ordinal);
    }

    private sealed class Shouting : IChatClient
    {
        public string? Problem { get; init; }

        public bool IsDisposed { get; private set; }

        public Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
            GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.CompletedTask;
            if (Problem is not null) throw new InvalidOperationException(Problem);
            yield return new ChatResponseUpdate(ChatRole.Assistant, messages.Last().Text.ToUpperInvariant());
            yield return new ChatResponseUpdate(ChatRole.Assistant, $" by {options?.ModelId}") { FinishReason = ChatFinishReason.Stop };
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose() => IsDisposed = true;
    }
}
