using Amoeba.Engine.Ports;
using Amoeba.Tools.Chat;

namespace Amoeba.Tests.Tools.Chat;

/// <summary>What an attempt with several calls under way is said to wait for.</summary>
public sealed class ReduceWaitsTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void It_waits_where_all_of_its_calls_do_for_what_comes_first()
    {
        var heard = new Heard();
        var waits = new ReduceWaits(heard);
        using var one = waits.Begin();
        var two = waits.Begin();
        one.WaitsFor("a", Noon.AddSeconds(9));
        Assert.Empty(heard.Said);
        two.WaitsFor("b", Noon.AddSeconds(3));
        Assert.Equal(["waits for b until 12:00:03"], heard.Said);
        two.GoesOn();
        Assert.Equal("goes on", heard.Said[^1]);
        two.Dispose();
        Assert.Equal("waits for a until 12:00:09", heard.Said[^1]);
        one.GoesOn();
        Assert.Equal("goes on", heard.Said[^1]);
        Assert.Equal(4, heard.Said.Count);
    }

    [Fact]
    public void A_call_that_begins_beside_one_that_waits_ends_the_wait()
    {
        var heard = new Heard();
        var waits = new ReduceWaits(heard);
        using var one = waits.Begin();
        one.WaitsFor("a", null);
        using var two = waits.Begin();
        Assert.Equal(["waits for a until ", "goes on"], heard.Said);
    }

    private sealed class Heard : IAttemptWaits
    {
        public List<string> Said { get; } = [];

        public void WaitsFor(string what, DateTimeOffset? until) =>
            Said.Add($"waits for {what} until {until:HH:mm:ss}");

        public void GoesOn() => Said.Add("goes on");
    }
}
