using Amoeba.Tools.Fetch;

namespace Amoeba.Tests.Tools.Fetch;

public sealed class RedirectTrailTests
{
    [Theory]
    [InlineData("http://127.0.0.1:9200/_search")]
    [InlineData("http://localhost/")]
    [InlineData("http://[::1]/")]
    public void A_page_from_elsewhere_may_not_send_to_this_machine(string place)
    {
        var trail = new RedirectTrail(new Uri("http://a.example/"), [], 5);
        var refused = Assert.Throws<FetchException>(() => trail.Follow(place));
        Assert.Contains("which is this machine", refused.Message, StringComparison.Ordinal);
        Assert.Equal("http://a.example/", trail.Url.ToString());
    }

    [Fact]
    public void This_machine_may_send_to_itself()
    {
        var trail = new RedirectTrail(new Uri("http://localhost:1/a"), [], 5);
        trail.Follow("http://127.0.0.1:2/b");
        Assert.Equal("http://127.0.0.1:2/b", trail.Url.ToString());
    }
}
