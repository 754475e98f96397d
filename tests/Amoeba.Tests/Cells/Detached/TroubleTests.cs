using System.Net.Sockets;
using Amoeba.Cells.Detached;
using Amoeba.Engine.Ports;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cells.Detached;

/// <summary>What a worker wrote cannot be read while it is followed: too many open files, a disk that fails.</summary>
[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class TroubleTests : IDisposable
{
    private readonly DetachedRig _detached = new() { Beat = TimeSpan.FromSeconds(2) };

    private CellRig Cell => _detached.Cell;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _detached.Dispose();

    [Fact(Timeout = 120_000)]
    public async Task A_look_that_fails_is_tried_again()
    {
        _detached.Beat = TimeSpan.FromSeconds(20); // what passes is shorter than three of them
        const string Wait = "while [ ! -e {0} ]; do sleep 0.02; done; echo {0};";
        var job = Cell.Sh(string.Concat(((string[])["one", "two", "three"]).Select(go => Wait.Replace("{0}", go))));
        var child = await Cell.ChildAsync(job);
        var order = Cell.Order(job);
        child.Start(order);
        await Eventually.True(() => File.Exists(_detached.FolderOf(order).Beat));
        using (Unreadable(_detached.FolderOf(order)))
        {
            await SayAsync("one");
            await Eventually.True(() => child.Progress >= "one\n".Length);
            await SayAsync("two"); // read by the look after the one that read `one`, and then failed
            await Eventually.True(() => child.Progress >= "one\ntwo\n".Length);
        }

        await SayAsync("three");
        var result = await Cell.Events.EndAsync();
        Assert.Equal((AttemptEnd.Succeeded, "one\ntwo\nthree\n"), (result.End, CellRig.Text(result)));
    }

    [Fact(Timeout = 120_000)]
    public async Task Where_none_succeeds_for_three_beats_its_tree_is_ended_and_then_it_is_lost()
    {
        var (_, order, pid) = await _detached.BeginAsync();
        var worker = DetachedClaim.Read(_detached.FolderOf(order))!.Process;
        using var unreadable = Unreadable(_detached.FolderOf(order));
        var said = Assert.IsType<string>(await Cell.Events.NextAsync());
        var path = _detached.FolderOf(order).Path;
        Assert.StartsWith($"failed c-1: its folder {path} cannot be used: ", said, StringComparison.Ordinal);
        Assert.Equal((false, false), (CellRig.IsAlive(pid), worker.IsAlive()));
    }

    [Fact(Timeout = 120_000)]
    public async Task Where_nobody_can_look_whether_it_still_runs_nothing_takes_its_place()
    {
        var (_, order, pid) = await _detached.BeginAsync();
        var ends = _detached.EndTree;
        var tries = 0;
        _detached.EndTree = (tree, time) =>
            ++tries < 3 ? throw new IOException("Too many open files") : ends(tree, time);
        using var unreadable = Unreadable(_detached.FolderOf(order));
        Assert.StartsWith("failed c-1: ", (string)await Cell.Events.NextAsync(), StringComparison.Ordinal);
        Assert.Equal((3, false), (tries, CellRig.IsAlive(pid)));
    }

    [Fact(Timeout = 120_000)]
    public async Task One_that_is_to_end_by_force_is_ended_also_where_nothing_of_it_can_be_read()
    {
        _detached.Beat = TimeSpan.FromSeconds(20);
        var (child, order, pid) = await _detached.BeginAsync(text: "trap '' TERM");
        using var unreadable = Unreadable(_detached.FolderOf(order));
        child.Stop(StopReason.Cancelled, TimeSpan.Zero);
        Assert.Equal(AttemptEnd.Stopped, (await Cell.Events.EndAsync()).End);
        // Where that takes more than a second, its end is told before.
        await Eventually.True(() => !CellRig.IsAlive(pid));
    }

    /// <summary>
    /// A file that is there and cannot be opened, also not by root: a socket in the place of what the parent reads at
    /// every look.
    /// </summary>
    private static Socket Unreadable(DetachedFolder folder)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(folder.Warnings));
        return socket;
    }

    private Task SayAsync(string go) => File.WriteAllTextAsync(Path.Combine(Cell.Folder, go), "", Cancel);
}
