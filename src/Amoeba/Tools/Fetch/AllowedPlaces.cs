using System.Net;

namespace Amoeba.Tools.Fetch;

/// <summary>Hosts, addresses and blocks that the configuration lists.</summary>
internal sealed class AllowedPlaces
{
    private readonly List<IPNetwork> _blocks = [];
    private readonly List<string> _hosts = [];

    public AllowedPlaces(IEnumerable<string> places)
    {
        foreach (var place in places)
        {
            if (Block(place) is { } block) _blocks.Add(block);
            else _hosts.Add(place);
        }
    }

    /// <summary>What is wrong with a place, in words that follow it; null where it can be listed.</summary>
    public static string? Problem(string place)
    {
        if (Block(place) is not null) return null;
        var host = place.StartsWith("*.", StringComparison.Ordinal) ? place[2..] : place;
        return Uri.CheckHostName(host) == UriHostNameType.Dns
            ? null
            : "is no host, address or block; expected such as wiki.lan, *.lan, 10.1.2.3 or 10.0.0.0/8";
    }

    public bool Has(string host, IPAddress address)
    {
        var plain = AddressKinds.Inner(address);
        return _blocks.Any(block => block.Contains(plain)) || _hosts.Any(place => IsHost(place, host));
    }

    private static bool IsHost(string place, string host)
    {
        host = host.TrimEnd('.');
        return place.StartsWith("*.", StringComparison.Ordinal)
            ? host.EndsWith(place[1..], StringComparison.OrdinalIgnoreCase)
            : host.Equals(place, StringComparison.OrdinalIgnoreCase);
    }

    private static IPNetwork? Block(string place)
    {
        if (IPAddress.TryParse(place.Trim('[', ']'), out var address) && (place.Contains('.') || place.Contains(':')))
        {
            var inner = AddressKinds.Inner(address);
            return new IPNetwork(inner, inner.GetAddressBytes().Length * 8);
        }

        return IPNetwork.TryParse(place, out var block) ? block : null;
    }
}
