using System.Collections.Concurrent;
using System.Text;
using Amoeba.Engine.Ports;
using Amoeba.Models;
using Amoeba.Plans;
using Amoeba.StandIn;
using Amoeba.Tests.Fakes;
using Amoeba.Tools.Chat;
using Microsoft.Extensions.AI;

namespace Amoeba.Tests.Tools.Chat;

/// <summary>The tool over a stand-in server of its own.</summary>
internal sealed class ChatRig : IAsyncDisposable
{
    public const string Key = "sk-very-secret-key-0123456789";

    private readonly InlineOutputs _outputs = new();
    private readonly ChatServices _services;
    private readonly ChatTool _tool;

    private ChatRig(ModelServer server, ModelEntry entry)
    {
        Server = server;
        Entry = entry;
        _services = new ChatServices(
            new ModelCatalog([entry]), new ModelKeys(new Dictionary<string, string> { ["KEY"] = Key }),
            Quotas, TimeProvider.System);
        _tool = new ChatTool(_services);
    }

    public ModelServer Server { get; }

    public ModelEntry Entry { get; }

    public NotedQuotas Quotas { get; } = new();

    public static async Task<ChatRig> StartAsync(
        Script script, ModelKind kind = ModelKind.OpenAi,
        bool https = false, Func<ModelEntry, ModelEntry>? change = null)
    {
        var server = await ModelServer.StartAsync(
            new ModelServerOptions { Script = script, Https = https }, TestContext.Current.CancellationToken);
        var entry = new ModelEntry
        {
            Name = "m",
            Kind = kind,
            Url = new Uri(server.Url + "/v1"),
            Key = KeyReference.Parse("env:KEY"),
        };
        return new ChatRig(server, change?.Invoke(entry) ?? entry);
    }

    /// <summary>A client as the tool would open one.</summary>
    public IChatClient Client(ChatPace? pace = null)
    {
        var catalog = new ModelCatalog([Entry]);
        var connection = _services.Connect(catalog.Find("m/x", out _)!, pace ?? ChatPace.Usual);
        return Entry.Kind == ModelKind.Anthropic ? new AnthropicClient(connection) : new OpenAiClient(connection);
    }

    public Task<Said> AskAsync(string prompt, LimitSpec? limits = null) =>
        AskAsync(new BoundChat("m/x", prompt), limits);

    public async Task<Said> AskAsync(BoundChat chat, LimitSpec? limits = null, CancellationToken? cancel = null)
    {
        using var output = _outputs.Open("j", 0, 1, (limits ?? LimitSpec.Default).Output);
        var order = new AttemptOrder("j", 0, 1, 1, "c");
        var run = new ToolRun
        {
            Tool = chat,
            Output = output,
            Work = new WorkBinder(chat) { Limits = limits ?? LimitSpec.Default }.Bind(order),
        };
        var outcome = await _tool.RunAsync(run, cancel ?? TestContext.Current.CancellationToken);
        return new Said(outcome, Encoding.UTF8.GetString(output.Complete().Inline.Span));
    }

    public async ValueTask DisposeAsync()
    {
        _services.Dispose();
        await Server.DisposeAsync();
    }
}

/// <summary>What came of an attempt.</summary>
internal sealed record Said(ToolOutcome Outcome, string Text)
{
    public string Error => Outcome.Error ?? "";
}

/// <summary>Quotas without limits that note what they are told.</summary>
internal sealed class NotedQuotas : IQuotas
{
    private int _granted;

    public int Granted => _granted;

    public ConcurrentQueue<QuotaUse> Settled { get; } = [];

    public ConcurrentQueue<QuotaNews> Refused { get; } = [];

    public ValueTask<QuotaGrant> ReserveAsync(QuotaAsk ask, IAttemptWaits waits, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return new(new QuotaGrant(ask, Interlocked.Increment(ref _granted)));
    }

    public void Settle(QuotaGrant grant, QuotaUse use) => Settled.Enqueue(use);

    public void Throttled(QuotaGrant grant, QuotaNews news) => Refused.Enqueue(news);
}
