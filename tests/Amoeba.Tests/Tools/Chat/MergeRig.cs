using System.Text;
using System.Text.Json;
using Amoeba.Engine.Ports;
using Amoeba.Models;
using Amoeba.Plans;
using Amoeba.StandIn;
using Amoeba.Tests.Fakes;
using Amoeba.Tools.Chat;

namespace Amoeba.Tests.Tools.Chat;

/// <summary>A merge by a model over a stand-in server of its own. One call holds 1000 tokens, an answer 200.</summary>
internal sealed class MergeRig : IAsyncDisposable
{
    private readonly InlineOutputs _outputs = new();
    private readonly TempFolder _folder = new();
    private readonly ChatServices _services;

    private MergeRig(ModelServer server, ModelEntry entry)
    {
        Server = server;
        _services = new ChatServices(
            new ModelCatalog([entry]), new ModelKeys(new Dictionary<string, string>()), Quotas, TimeProvider.System);
    }

    public ModelServer Server { get; }

    public NotedQuotas Quotas { get; } = new();

    public string Kept => _folder["merge"];

    public long Calls => Server.Stats.Requests;

    public static async Task<MergeRig> StartAsync(Script script, Func<ModelEntry, ModelEntry>? change = null)
    {
        var server = await ModelServer.StartAsync(
            new ModelServerOptions { Script = script, Keep = 1000 }, TestContext.Current.CancellationToken);
        var entry = new ModelEntry { Name = "m", Kind = ModelKind.OpenAi, Url = new Uri(server.Url + "/v1") };
        return new MergeRig(server, change?.Invoke(entry) ?? entry);
    }

    public async Task<Said> MergeAsync(
        string[] results, int width = 1, int context = 1000, string before = "Sum up:\n", AnswerSchema? schema = null,
        string? title = null, int maxTokens = 200, LimitSpec? limits = null, CancellationToken? cancel = null)
    {
        var tool = new BoundChatMerge(new BoundChat("m/x", "") { MaxTokens = maxTokens, Schema = schema }, before, "!")
        {
            Context = context,
            Width = width,
            Results = results.Select((text, at) => new MergeResult(
                title ?? $"index=\"{at}\"", Encoding.UTF8.GetByteCount(text),
                () => new MemoryStream(Encoding.UTF8.GetBytes(text)))),
            Kept = Kept,
        };
        using var output = _outputs.Open("j", 0, 1, LimitSpec.Default.Output);
        var run = new ToolRun
        {
            Tool = tool,
            Output = output,
            Work = new WorkBinder(tool) { Limits = limits ?? LimitSpec.Default, Items = [] }.Bind(
                new AttemptOrder("j", 0, 1, 1, "c")),
        };
        var outcome = await new ChatMergeTool(_services).RunAsync(run, cancel ?? TestContext.Current.CancellationToken);
        return new Said(outcome, Encoding.UTF8.GetString(output.Complete().Inline.Span));
    }

    /// <summary>The prompt of a request's body.</summary>
    public static string Text(string body)
    {
        using var json = JsonDocument.Parse(body);
        return json.RootElement.GetProperty("messages")[0].GetProperty("content").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        _services.Dispose();
        _folder.Dispose();
        await Server.DisposeAsync();
    }
}
