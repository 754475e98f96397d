using Amoeba.Engine.Ports;
using Amoeba.Models;

namespace Amoeba.Tools.Chat;

/// <summary>What calls of models need of their parent.</summary>
internal sealed class ChatServices(
    ModelCatalog models, ModelKeys keys, IQuotas quotas, TimeProvider time, IOwnClients? own = null) : IDisposable
{
    private readonly ChatHttp _http = new(time);

    public ModelCatalog Models => models;

    public ModelKeys Keys => keys;

    public IQuotas Quotas => quotas;

    /// <summary>Clients of the embedding program.</summary>
    public IOwnClients? Own => own;

    public ChatConnection Connect(ModelSpec model, ChatPace pace) => new(_http, model, keys, pace, time);

    /// <summary>The clock of one call of a client that brings none of its own.</summary>
    public IdleClock Clock(ChatPace pace, CancellationToken cancel) => new(pace.Stall, time, cancel);

    public void Dispose() => _http.Dispose();
}

/// <summary>Apart, so that whoever has no such clients does not load what they are made of.</summary>
internal interface IOwnClients
{
    Microsoft.Extensions.AI.IChatClient? Find(string name);
}
