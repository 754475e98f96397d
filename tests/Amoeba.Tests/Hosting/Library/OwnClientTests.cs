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
    public async Task What_is_said_of_a_client_of_the_program_holds()
    {
        var services = new ServiceCollection();
        services.AddAmoeba(options =>
        {
            options.ChatClients["mine"] = new Shouting();
            options.Models["mine"] = new ModelOptions { Price = new ModelPrice(1_000_000, 0), Model = "loud" };
        });
        await using var provider = services.BuildServiceProvider();
        const string plan = """{ "each": ["a"], "do": { "chat": { "model": "mine", "prompt": "{item}" } } }""";
        var amoeba = provider.GetRequiredService<IAmoeba>();
        Assert.Equal(
            JobState.AwaitingApproval,
            (await amoeba.RunAsync(plan, cancel: TestContext.Current.CancellationToken)).State);
        var result =
            await amoeba.RunAsync(plan, new RunOptions { Approve = true }, TestContext.Current.CancellationToken);
        Assert.Equal(("A by loud", result.Used.Input), (result.Text.TrimEnd(), result.CostUsd));
        Assert.True(result.CostUsd > 0);
    }

    [Fact]
    public void A_client_of_the_program_has_no_address_of_ours()
    {
        var services = new ServiceCollection();
        services.AddAmoeba(options =>
        {
            options.ChatClients["mine"] = new Shouting();
            options.Models["mine"] = new ModelOptions { Url = new Uri("http://127.0.0.1:1/v1") };
        });
        using var provider = services.BuildServiceProvider();
        var told = Assert.Throws<ArgumentException>(() => provider.GetRequiredService<IAmoeba>());
        Assert.Contains("AmoebaOptions.Models.mine: is a client of ChatClients",
            told.Message, StringComparison.Ordinal);
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
            IEnumerable<ChatMessage> messages, ChatOptions? options = null,
            CancellationToken cancellationToken = default) =>
            GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

        public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null,
            [EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.CompletedTask;
            if (Problem is not null) throw new InvalidOperationException(Problem);
            yield return new ChatResponseUpdate(ChatRole.Assistant, messages.Last().Text.ToUpperInvariant());
            yield return new ChatResponseUpdate(ChatRole.Assistant,
                $" by {options?.ModelId}")
            { FinishReason = ChatFinishReason.Stop };
        }

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose() => IsDisposed = true;
    }
}
