using System.Net;
using System.Net.Sockets;
using Amoeba.Engine.Ports;
using Amoeba.Tests.Fakes;
using Amoeba.Tests.Tools.Fetch;
using Amoeba.Tools;
using Amoeba.Tools.Fetch;
using Eventually = Amoeba.Tests.Processes.Eventually;

namespace Amoeba.Tests.Tools;

public sealed class HostNamesTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private readonly ManualTime _time = new();
    private readonly TaskCompletionSource<IPAddress[]> _answer = new();
    private readonly TaskCompletionSource _asked = new();
    private int _lookUps;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _time.Dispose();

    [Fact]
    public async Task Who_asks_at_the_same_time_shares_a_look_up_and_its_answer_holds_for_a_while()
    {
        using var names = new HostNames(Patience, _time, LookUp);
        var asked = Enumerable.Range(0, 100).Select(_ => names.FindAsync("a.example", Cancel).AsTask()).ToArray();
        _answer.SetResult([IPAddress.Loopback]);
        Assert.All(await Task.WhenAll(asked), found => Assert.Equal(IPAddress.Loopback, Assert.Single(found)));
        await names.FindAsync("A.example", Cancel);
        Assert.Equal(1, _lookUps);
        _time.Advance(HostNames.Remembered);
        await names.FindAsync("a.example", Cancel);
        Assert.Equal(2, _lookUps);
    }

    [Fact]
    public async Task That_a_host_has_no_address_is_remembered_too_and_forgotten_again()
    {
        using var names = new HostNames(Patience, _time, LookUp);
        _answer.SetException(new SocketException((int)SocketError.HostNotFound));
        await FailsAsync(names, SocketError.HostNotFound);
        await FailsAsync(names, SocketError.HostNotFound);
        Assert.Equal(1, _lookUps);
        names.Forget("a.example");
        await FailsAsync(names, SocketError.HostNotFound);
        _time.Advance(HostNames.Remembered);
        await FailsAsync(names, SocketError.HostNotFound);
        Assert.Equal(3, _lookUps);
    }

    [Fact]
    public async Task A_name_server_that_says_nothing_is_waited_for_once()
    {
        using var names = new HostNames(Patience, _time, LookUp);
        var first = FailsAsync(names, SocketError.TryAgain);
        await _asked.Task.WaitAsync(Cancel);
        await Eventually.True(() =>
        {
            _time.Advance(Patience);
            return first.IsCompleted;
        });

        await first;
        await FailsAsync(names, SocketError.TryAgain);
        Assert.Equal(1, _lookUps);
    }

    [Fact]
    public async Task Calls_to_a_host_that_has_no_address_do_not_wait_for_their_turn()
    {
        _answer.SetException(new SocketException((int)SocketError.HostNotFound));
        await using var rig = await FetchRig.StartAsync(
            new FetchOptions { Gap = TimeSpan.FromHours(1), PerHost = 1 }, lookUp: LookUp);
        foreach (var fetched in await Task.WhenAll(Enumerable.Range(0, 50)
            .Select(item => rig.RunAsync(FetchRig.Of($"http://nowhere.example/{item}")))))
        {
            fetched.Ended(AttemptEnd.Failed, "host not found: nowhere.example has no address");
        }

        Assert.Equal(1, _lookUps);
        Assert.Empty(rig.Waits.Heard);
    }

    private static async Task FailsAsync(HostNames names, SocketError error)
    {
        var problem = await Assert.ThrowsAsync<SocketException>(() => names.FindAsync("a.example", Cancel).AsTask());
        Assert.Equal(error, problem.SocketErrorCode);
    }

    private Task<IPAddress[]> LookUp(string host)
    {
        Interlocked.Increment(ref _lookUps);
        _asked.TrySetResult();
        return _answer.Task;
    }
}
