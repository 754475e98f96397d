using Amoeba.Engine.Ports;
using Amoeba.StandIn;

namespace Amoeba.Tests.Tools.Chat;

[Collection("alone")] // what it measures is what the whole process takes
public sealed class OpenStreamsTests
{
    private const int Calls = 200;

    [Fact]
    public async Task An_open_call_takes_less_than_64_KiB()
    {
        await using var rig = await ChatRig.StartAsync(new Script
        {
            Answers = [new Answer { Tokens = 60 }],
            Faults = [new Fault { Kind = FaultKind.HangMid, After = 30 }],
        });
        // What only the first calls make, of the runtime's and the server's own, is no call's.
        using var stop = new CancellationTokenSource();
        var warm = Enumerable.Range(0, 20)
            .Select(_ => rig.AskAsync(new BoundChat("m/x", "hello"), cancel: stop.Token)).ToList();
        await rig.Server.ArrivedAsync(warm.Count, TestContext.Current.CancellationToken);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var open = Enumerable.Range(0, Calls)
            .Select(_ => rig.AskAsync(new BoundChat("m/x", "hello"), cancel: stop.Token)).ToList();
        await rig.Server.ArrivedAsync(warm.Count + Calls, TestContext.Current.CancellationToken);
        // The server's side of each call is in this process too, and is counted with it.
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Calls;
        TestContext.Current.SendDiagnosticMessage($"{each} bytes a call with both its ends");
        await stop.CancelAsync();
        Assert.All(await Task.WhenAll([.. warm, .. open]), said => Assert.Equal(AttemptEnd.Stopped, said.Outcome.End));
        Assert.True(each < 64 * 1024, $"{each} bytes a call");
    }
}
