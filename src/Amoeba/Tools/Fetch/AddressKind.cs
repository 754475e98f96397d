using System.Net;

namespace Amoeba.Tools.Fetch;

/// <summary>What an address leads to.</summary>
internal enum AddressKind
{
    Public,
    Loopback,
    Private,
    LinkLocal,
    UniqueLocal,
    CarrierGradeNat,
    Multicast,

    /// <summary>Where clouds hand out credentials.</summary>
    Metadata,

    /// <summary>Documentation, benchmarks, broadcast, and what is not in use.</summary>
    Reserved,
}

/// <summary>
/// The special-purpose registries of IANA (IPv4 and IPv6), and the metadata services of the large clouds.
/// </summary>
internal static class AddressKinds
{
    private static readonly (IPNetwork Block, AddressKind Kind)[] Blocks =
    [
        Of("169.254.169.254/32", AddressKind.Metadata), // Amazon, Google, Microsoft, DigitalOcean and others
        Of("169.254.170.0/23", AddressKind.Metadata), // Amazon's containers: 170.2 and 170.23
        Of("168.63.129.16/32", AddressKind.Metadata), // Microsoft
        Of("100.100.100.200/32", AddressKind.Metadata), // Alibaba
        Of("192.0.0.192/32", AddressKind.Metadata), // Oracle
        Of("fd00:ec2::/32", AddressKind.Metadata), // Amazon: ::254 and ::23
        Of("fd20:ce::254/128", AddressKind.Metadata), // Google

        Of("127.0.0.0/8", AddressKind.Loopback),
        Of("10.0.0.0/8", AddressKind.Private),
        Of("172.16.0.0/12", AddressKind.Private),
        Of("192.168.0.0/16", AddressKind.Private),
        Of("169.254.0.0/16", AddressKind.LinkLocal),
        Of("100.64.0.0/10", AddressKind.CarrierGradeNat),
        Of("224.0.0.0/4", AddressKind.Multicast),
        Of("0.0.0.0/8", AddressKind.Reserved), // Linux takes 0.0.0.0 for this machine
        Of("192.0.0.0/24", AddressKind.Reserved),
        Of("192.0.2.0/24", AddressKind.Reserved),
        Of("192.88.99.0/24", AddressKind.Reserved),
        Of("198.18.0.0/15", AddressKind.Reserved),
        Of("198.51.100.0/24", AddressKind.Reserved),
        Of("203.0.113.0/24", AddressKind.Reserved),
        Of("240.0.0.0/4", AddressKind.Reserved),

        Of("::1/128", AddressKind.Loopback),
        Of("fe80::/10", AddressKind.LinkLocal),
        Of("fec0::/10", AddressKind.Private), // site-local, which was given up
        Of("fc00::/7", AddressKind.UniqueLocal),
        Of("ff00::/8", AddressKind.Multicast),
        Of("64:ff9b:1::/48", AddressKind.Private), // a network's own translation to IPv4
        Of("2001:db8::/32", AddressKind.Reserved),
        Of("3fff::/20", AddressKind.Reserved),
        Of("2001::/23", AddressKind.Reserved), // Teredo, benchmarks, ORCHID: nothing that serves pages
        Of("5f00::/16", AddressKind.Reserved),
        Of("100::/64", AddressKind.Reserved),
        Of("::/128", AddressKind.Reserved),
    ];

    public static AddressKind Of(IPAddress address)
    {
        var plain = Inner(address);
        foreach (var (block, kind) in Blocks)
        {
            if (block.Contains(plain)) return kind;
        }

        return AddressKind.Public;
    }

    /// <summary>The IPv4 address that an IPv6 one stands for (mapped, compatible, NAT64, 6to4); else itself.</summary>
    public static IPAddress Inner(IPAddress address)
    {
        if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6) return address;
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        if (address.IsIPv4MappedToIPv6 || IsCompatible(bytes)) return new IPAddress(bytes[12..]);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]))
            return new IPAddress(bytes[12..]);
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0x20, 0x02])) return new IPAddress(bytes[2..6]);
        // The scope of fe80::1%eth0 is no part of what is looked up.
        return address.ScopeId == 0 ? address : new IPAddress(bytes);
    }

    /// <summary>`::a.b.c.d`, but not `::` and `::1`.</summary>
    private static bool IsCompatible(ReadOnlySpan<byte> bytes) =>
        !bytes[..12].ContainsAnyExcept((byte)0) && bytes[12..14].ContainsAnyExcept((byte)0);

    private static (IPNetwork Block, AddressKind Kind) Of(string block, AddressKind kind) =>
        (IPNetwork.Parse(block), kind);
}
