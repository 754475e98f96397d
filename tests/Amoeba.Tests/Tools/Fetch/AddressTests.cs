using System.Net;
using Amoeba.Tools.Fetch;

namespace Amoeba.Tests.Tools.Fetch;

public sealed class AddressTests
{
    [Theory]
    [InlineData("1.1.1.1", AddressKind.Public)]
    [InlineData("93.184.216.34", AddressKind.Public)]
    [InlineData("172.15.255.255", AddressKind.Public)]
    [InlineData("172.32.0.0", AddressKind.Public)]
    [InlineData("2606:4700::1111", AddressKind.Public)]
    [InlineData("127.0.0.1", AddressKind.Loopback)]
    [InlineData("127.255.255.254", AddressKind.Loopback)]
    [InlineData("::1", AddressKind.Loopback)]
    [InlineData("::ffff:127.0.0.1", AddressKind.Loopback)]
    [InlineData("10.0.0.1", AddressKind.Private)]
    [InlineData("172.16.0.1", AddressKind.Private)]
    [InlineData("172.31.255.255", AddressKind.Private)]
    [InlineData("192.168.1.1", AddressKind.Private)]
    [InlineData("::ffff:192.168.1.1", AddressKind.Private)]
    [InlineData("64:ff9b::a00:1", AddressKind.Private)]
    [InlineData("2002:c0a8:101::", AddressKind.Private)]
    [InlineData("::10.0.0.1", AddressKind.Private)]
    [InlineData("fec0::1", AddressKind.Private)]
    [InlineData("64:ff9b:1::1", AddressKind.Private)]
    [InlineData("169.254.1.1", AddressKind.LinkLocal)]
    [InlineData("fe80::1", AddressKind.LinkLocal)]
    [InlineData("fe80::1%2", AddressKind.LinkLocal)]
    [InlineData("fc00::1", AddressKind.UniqueLocal)]
    [InlineData("fdff::1", AddressKind.UniqueLocal)]
    [InlineData("100.64.0.1", AddressKind.CarrierGradeNat)]
    [InlineData("100.127.255.255", AddressKind.CarrierGradeNat)]
    [InlineData("224.0.0.1", AddressKind.Multicast)]
    [InlineData("ff02::1", AddressKind.Multicast)]
    [InlineData("169.254.169.254", AddressKind.Metadata)]
    [InlineData("::ffff:169.254.169.254", AddressKind.Metadata)]
    [InlineData("169.254.170.2", AddressKind.Metadata)]
    [InlineData("fd00:ec2::254", AddressKind.Metadata)]
    [InlineData("100.100.100.200", AddressKind.Metadata)]
    [InlineData("168.63.129.16", AddressKind.Metadata)]
    [InlineData("0.0.0.0", AddressKind.Reserved)]
    [InlineData("::", AddressKind.Reserved)]
    [InlineData("255.255.255.255", AddressKind.Reserved)]
    [InlineData("198.18.0.1", AddressKind.Reserved)]
    [InlineData("2001:0:4136:e378::", AddressKind.Reserved)]
    [InlineData("2001:db8::1", AddressKind.Reserved)]
    public void Each_address_is_known_for_what_it_is(string address, object kind) =>
        Assert.Equal(kind, AddressKinds.Of(IPAddress.Parse(address)));

    [Theory]
    [InlineData("10.0.0.1", false, false)]
    [InlineData("10.0.0.1", true, true)]
    [InlineData("fd00::1", true, true)]
    [InlineData("169.254.169.254", true, false)]
    [InlineData("8.8.8.8", false, true)]
    [InlineData("127.0.0.1", false, false)]
    [InlineData("127.0.0.1", true, true)]
    public void A_plan_may_allow_private_addresses_but_no_metadata(string address, bool byPlan, bool isAllowed) =>
        Assert.Equal(isAllowed, Refusal(new FetchOptions(), byPlan, "host", address) is null);

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("localhost", "127.0.0.1")]
    [InlineData("app.localhost", "::1")]
    public void This_machine_may_be_reached_under_its_own_names(string host, string address)
    {
        Assert.Null(Refusal(new FetchOptions(), false, host, address));
        Assert.NotNull(Refusal(new FetchOptions { Loopback = false }, true, host, address));
        Assert.Contains("under another name",
            Refusal(new FetchOptions(), false, "evil.example", address)!, StringComparison.Ordinal);
    }

    [Fact]
    public void The_configuration_allows_always_never_or_by_list()
    {
        var always = new FetchOptions { Private = PrivateAccess.Always };
        Assert.Null(Refusal(always, false, "h", "192.168.0.1"));
        Assert.NotNull(Refusal(always, false, "h", "169.254.169.254"));
        Assert.Contains(
            "every plan", Refusal(new FetchOptions { Private = PrivateAccess.Never }, true, "h", "192.168.0.1")!,
            StringComparison.Ordinal);

        var listed = new FetchOptions
        {
            Allowed = ["wiki.lan", "*.corp.lan", "10.1.0.0/16", "169.254.169.254", "fd00::/8"],
            Loopback = false,
        };
        Assert.Null(Refusal(listed, false, "WIKI.lan", "192.168.0.1"));
        Assert.Null(Refusal(listed, false, "a.corp.lan", "127.0.0.1"));
        Assert.Null(Refusal(listed, false, "x", "10.1.2.3"));
        Assert.Null(Refusal(listed, false, "x", "::ffff:10.1.2.3"));
        Assert.Null(Refusal(listed, false, "x", "fd12::1"));
        Assert.Null(Refusal(listed, false, "x", "169.254.169.254"));
        Assert.NotNull(Refusal(listed, false, "evilcorp.lan", "10.2.2.3"));
        Assert.NotNull(Refusal(listed, false, "x", "127.0.0.1"));
    }

    [Theory]
    [InlineData("wiki.lan", true)]
    [InlineData("*.lan", true)]
    [InlineData("10.0.0.0/8", true)]
    [InlineData("10.0.0.1", true)]
    [InlineData("fd00::/8", true)]
    [InlineData("http://wiki.lan", false)]
    [InlineData("10.0.0.0/99", false)]
    [InlineData("a b", false)]
    public void A_place_is_a_host_an_address_or_a_block(string place, bool isOne) =>
        Assert.Equal(isOne, AllowedPlaces.Problem(place) is null);

    private static string? Refusal(FetchOptions options, bool byPlan, string host, string address) =>
        new AddressRules(options, byPlan).Refusal(host, IPAddress.Parse(address));
}
