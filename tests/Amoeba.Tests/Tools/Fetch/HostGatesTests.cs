using Amoeba.Engine.Ports;
using Amoeba.Tests.Fakes;
using Amoeba.Tools.Fetch;

namespace Amoeba.Tests.Tools.Fetch;

public sealed class HostGatesTests : IDisposable
{
    private static readonly Uri Far = new("https://example.com/a");
    private readonly ManualTime _time = new();

    public void Dispose() => _time.Dispose();

    [Fact]
    public async Task So_many_are_let_in_and_the_next_when_one_leaves()
    {
        var gates = new HostGates(new FetchOptions { PerHost = 2, Gap = TimeSpan.Zero }, _time);
        var first = await EnterAsync(gates, Far);
        using var second = await EnterAsync(gates, new Uri("https://example.com:8443/b"));
        var third = EnterAsync(gates, Far).AsTask();
        var fourth = EnterAsync(gates, Far).AsTask();
        Assert.False(third.IsCompleted);
        first.Dispose();
        first.Dispose();
        using var let = await third;
        Assert.False(fourth.IsCompleted);
        let.Dispose();
        (await fourth).Dispose();
    }

    [Fact]
    public async Task Calls_to_a_host_begin_a_gap_apart_and_those_to_this_machine_do_not()
    {
        var gates = new HostGates(new FetchOptions { Gap = TimeSpan.FromSeconds(1) }, _time);
        using var first = await EnterAsync(gates, Far);
        var second = EnterAsync(gates, Far).AsTask();
        Assert.False(second.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1.1));
        (await second).Dispose();
        using var other = await EnterAsync(gates, new Uri("https://example.org/"));
        var local = new Uri("http://127.0.0.1:8080/");
        using var a = await EnterAsync(gates, local);
        using var b = await EnterAsync(gates, local);
    }

    [Fact]
    public async Task A_host_that_asked_to_be_left_alone_is()
    {
        var gates = new HostGates(new FetchOptions { Gap = TimeSpan.Zero }, _time);
        var heard = new HeardWaits();
        gates.Hold(Far, TimeSpan.FromSeconds(30));
        var call = gates.EnterAsync(Far, heard, TestContext.Current.CancellationToken).AsTask();
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(call.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(2));
        (await call).Dispose();
        Assert.Equal(["host example.com: it asked to be left alone", "goes on"], heard.Heard);
    }

    [Fact]
    public async Task One_that_gives_up_waiting_leaves_its_place_to_the_next_and_nothing_is_remembered()
    {
        var gates = new HostGates(new FetchOptions { PerHost = 1, Gap = TimeSpan.Zero }, _time);
        using var stop = new CancellationTokenSource();
        var first = await EnterAsync(gates, Far);
        var second = gates.EnterAsync(Far, NoAttemptWaits.Instance, stop.Token).AsTask();
        var third = EnterAsync(gates, Far).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        first.Dispose();
        (await third).Dispose();
        Assert.Equal(0, gates.Count);
    }

    [Fact]
    public void A_machine_is_one_host_whatever_the_port_and_here_each_port_is()
    {
        Assert.Equal(HostGates.KeyOf(new Uri("http://a.example/")),
            HostGates.KeyOf(new Uri("https://A.example:8443/x")));
        Assert.NotEqual(HostGates.KeyOf(new Uri("http://127.0.0.9:1/")),
            HostGates.KeyOf(new Uri("http://127.0.0.9:2/")));
        Assert.NotEqual(HostGates.KeyOf(new Uri("http://127.0.0.9:1/")),
            HostGates.KeyOf(new Uri("http://127.0.0.8:1/")));
    }

    private static ValueTask<HostSlot> EnterAsync(HostGates gates, Uri url) =>
        gates.EnterAsync(url, NoAttemptWaits.Instance, TestContext.Current.CancellationToken);
}
