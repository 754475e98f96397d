using Amoeba.Hosting.Configuration;
using Amoeba.Plans;
using Amoeba.Tests.Fakes;
using Amoeba.Tools.Fetch;

namespace Amoeba.Tests.Hosting.Configuration;

public sealed class FetchKeysTests
{
    [Theory]
    [InlineData("", PrivateAccess.ByPlan, "plan")]
    [InlineData("fetch: { private: true }", PrivateAccess.Always, "true")]
    [InlineData("fetch: { private: false }", PrivateAccess.Never, "false")]
    [InlineData("fetch: { private: plan }", PrivateAccess.ByPlan, "plan")]
    [InlineData("fetch: { private: [wiki.lan, 10.0.0.0/8] }", PrivateAccess.ByPlan, "wiki.lan, 10.0.0.0/8")]
    [InlineData("fetch: { private: \"wiki.lan, *.lan\" }", PrivateAccess.ByPlan, "wiki.lan, *.lan")]
    public void Who_may_reach_private_addresses_is_said_in_several_ways(string text, object access, string shown)
    {
        var config = Load(text);
        Assert.Equal(access, config.Fetch.Private);
        Assert.Equal(shown, Shown(config, "fetch.private"));
    }

    [Fact]
    public void The_other_keys_are_read()
    {
        var config =
            Load("fetch: { loopback: false, per_host: { connections: 2, gap: 1s }, user_agent: Me/1, cache: off }");
        Assert.Equal(
            (false, 2, TimeSpan.FromSeconds(1), "Me/1", 0),
            (config.Fetch.Loopback, config.Fetch.PerHost, config.Fetch.Gap,
                config.Fetch.UserAgent, config.Fetch.CacheBytes));
        Assert.Equal("off", Shown(config, "fetch.cache"));
        Assert.Equal(6, Load("fetch: { cache: 1GB }").Fetch.PerHost);
    }

    [Fact]
    public void What_headers_may_take_is_listed()
    {
        var config = Load("fetch: { secrets: [\"env:A\", \"file:~/key\"] }");
        Assert.Equal(["env:A", "file:~/key"], config.Fetch.Secrets);
        Assert.Equal("env:A, file:~/key", Shown(config, "fetch.secrets"));
    }

    [Theory]
    [InlineData("fetch: { private: [\"http://wiki.lan\"] }", "is no host, address or block")]
    [InlineData("fetch: { per_host: { connections: 0 } }", "from 1 to 1000")]
    [InlineData("fetch: { gap: 1s }", "unknown name")]
    [InlineData("fetch: { secrets: [sk-123] }", "expected env:NAME or file:PATH")]
    [InlineData("fetch: { secrets: \"env:A, file:b\" }", "with a whole path")]
    public void A_wrong_value_is_told(string text, string words) =>
        Assert.Contains(words, Assert.Throws<PlanException>(() => Load(text)).Message, StringComparison.Ordinal);

    private static string Shown(AmoebaConfig config, string key) =>
        ConfigReport.Lines(config).Single(line => line.Key == key).Value;

    private static AmoebaConfig Load(string text)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["config.yaml"], text);
        return ConfigReader.Load(
            new ConfigSources { Home = folder.Path, Folder = folder["none"], Environment = _ => null });
    }
}
