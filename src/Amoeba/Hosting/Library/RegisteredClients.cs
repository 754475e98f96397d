using Amoeba.Tools.Chat;
using Microsoft.Extensions.AI;

namespace Amoeba.Hosting.Library;

/// <summary>The clients that an embedding program gave.</summary>
internal sealed class RegisteredClients(IDictionary<string, IChatClient> clients) : IOwnClients
{
    public IChatClient? Find(string name) => clients.TryGetValue(name, out var client) ? client : null;
}
