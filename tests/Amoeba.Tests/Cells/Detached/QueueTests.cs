using Amoeba.Cells.Detached;
using Amoeba.Engine.Ports;
using Amoeba.Tests.Conformance;

namespace Amoeba.Tests.Cells.Detached;

[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class QueueTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("amoeba-detached-").FullName;
    private readonly CellRig _rig;

    public QueueTests() => _rig = new CellRig((runner, launcher) => new DetachedCell(runner, launcher, new DetachedCellOptions
    {
        Parent = "parent-1",
        Root = _root,
        Environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nowhere"],
    }));

    public void Dispose()
    {
        _rig.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    /// <summary>An attempt that was given up may still be ending what carries its child's marks.</summary>
    [Fact(Timeout = 60_000)]
    public async Task An_attempt_begins_when_what_ends_the_one_before_it_is_done()
    {
        var job = _rig.Sh("[ -e over ] && echo after || echo beside");
        var child = (DetachedChild)await _rig.ChildAsync(job);
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(child.After(over.Task).IsCompleted);
        child.Start(_rig.Order(job));
        // Another child's attempt takes as long as this one would have, had it begun.
        var other = await _rig.ChildAsync(job, "c-2");
        other.Start(_rig.Order(job, child: "c-2"));
        Assert.Equal("beside\n", CellRig.Text(await _rig.Events.EndAsync()));

        await File.WriteAllTextAsync(Path.Combine(_rig.Folder, "over"), "", TestContext.Current.CancellationToken);
        over.SetResult();
        var result = await _rig.Events.EndAsync();
        Assert.Equal(("c-1", AttemptEnd.Succeeded, "after\n"), (result.Order.Child, result.End, CellRig.Text(result)));
    }
}
