using System.Net;

namespace Amoeba.Tools.Fetch;

/// <summary>
/// Which addresses may be connected to. One for calls of plans that allow private ones, one for the others.
/// </summary>
internal sealed class AddressRules(FetchOptions options, bool byPlan)
{
    private readonly AllowedPlaces _allowed = new(options.Allowed);

    /// <summary>Why an address is refused, for a person; null where it may be connected to.</summary>
    /// <param name="host">The name it was found by, or itself.</param>
    /// <param name="address">The address about to be connected to.</param>
    public string? Refusal(string host, IPAddress address)
    {
        var kind = AddressKinds.Of(address);
        if (kind == AddressKind.Public || _allowed.Has(host, address)) return null;
        var place = host == address.ToString() ? host : $"{host} ({address})";
        return kind switch
        {
            AddressKind.Loopback when !options.Loopback =>
                $"refused: {place} is this machine, and the configuration turns that off (fetch.loopback)",
            // Another name for it is somebody else's doing: a page from outside may not
            // read what only this machine may.
            AddressKind.Loopback => IsOpen || IsNameOfThisMachine(host, address) ? null
                : $"refused: {place} is this machine under another name; {HowTo}",
            AddressKind.Metadata =>
                $"refused: {place} is a cloud's metadata service, which hands out credentials; only the configuration "
                + "can allow it, by name: fetch: { private: [ADDRESS] }",
            AddressKind.Multicast or AddressKind.Reserved when !IsOpen =>
                $"refused: {place} is {Words(kind)}, where no server is; {HowTo}",
            _ when !IsOpen => $"refused: {place} is {Words(kind)}; {HowTo}",
            _ => null,
        };
    }

    private bool IsOpen =>
        options.Private == PrivateAccess.Always || (byPlan && options.Private == PrivateAccess.ByPlan);

    private static bool IsNameOfThisMachine(string host, IPAddress address) =>
        host == address.ToString() || IPAddress.TryParse(host, out _)
        || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
        || host.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase);

    private string HowTo => options.Private == PrivateAccess.Never
        ? "the configuration forbids it to every plan (fetch.private: false)"
        : "if that is meant, say private: true in the plan's fetch, or allow the host in the configuration "
            + "(fetch: { private: [HOST] })";

    private static string Words(AddressKind kind) => kind switch
    {
        AddressKind.Private => "an address of a private network",
        AddressKind.LinkLocal => "a link-local address",
        AddressKind.UniqueLocal => "a unique-local address of a private network",
        AddressKind.CarrierGradeNat => "an address behind a provider's NAT (100.64.0.0/10)",
        AddressKind.Multicast => "a multicast address",
        _ => "a reserved address",
    };
}
