using Amoeba.Cells.Detached;
using Amoeba.Cells.Workers;
using Amoeba.Engine.Ports;
using Amoeba.Processes;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Fakes;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cells.Detached;

/// <summary>A detached cell with real workers, whose child c-1 can be left to itself.</summary>
internal sealed class DetachedRig : IDisposable
{
    private readonly Programs _others = new();
    private readonly string _root = Directory.CreateTempSubdirectory("amoeba-detached-").FullName;

    public DetachedRig()
    {
        // What a killed worker leaves comes to this process, which ends the unknown where nothing else runs that it
        // could belong to, and lays it to what does; a parent that is gone does not.
        _others.Start(_others.Shell("exec sleep 300"));
        Cell = new CellRig((runner, launcher) => new DetachedCell(runner, launcher, new DetachedCellOptions
        {
            Parent = "parent-1",
            Root = _root,
            Environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/nowhere"],
            EndTree = (tree, time) => EndTree(tree, time),
            Beat = Beat,
            Groups = Groups,
            Worker = Worker,
        }));
    }

    /// <summary>Where its workers may make control groups; to be set before the first child.</summary>
    public TreeGroups? Groups { get; set; }

    /// <summary>What is started for an attempt; to be set before the first child.</summary>
    public WorkerProgram? Worker { get; set; } = WorkerProgram.Find();

    /// <summary>Between two signs of life; to be set before the first child.</summary>
    public TimeSpan Beat { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How what is left of an attempt is ended.</summary>
    public Func<ForeignTree, TimeProvider, Task<bool>> EndTree { get; set; } =
        static (tree, time) => tree.EndAsync(time, Cancel);

    /// <summary>Of the parent that comes next.</summary>
    public DetachedRuns Runs =>
        new(_root, "parent-2", TimeProvider.System) { EndTree = (tree, time, _) => EndTree(tree, time) };

    public CellRig Cell { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        Cell.Dispose();
        _others.Dispose();
        TempFolder.Remove(_root);
    }

    public DetachedFolder FolderOf(AttemptOrder order) =>
        DetachedFolder.Of(_root, order.Job, order.Ordinal, order.Attempt, 0);

    /// <summary>An attempt that is at its program, with that program's pid.</summary>
    /// <param name="signal">The file by which the program says its pid; it waits until
    /// there is one called `go`.</param>
    /// <param name="text">What its shell does before it says so.</param>
    /// <param name="limits">Its limits.</param>
    public async Task<(IChild Child, AttemptOrder Order, int Pid)> BeginAsync(
        string signal = "started", string text = "echo first", string limits = "{}")
    {
        var started = Cell.Signal(signal);
        var job = Cell.Sh($"{text}; echo $$ > {signal}; while [ ! -e go ]; do sleep 0.02; done; echo last", limits);
        var child = await Cell.ChildAsync(job);
        var order = Cell.Order(job);
        child.Start(order);
        return (child, order, await started.PidAsync());
    }

    /// <summary>As <see cref="BeginAsync"/>, and its parent has left it.</summary>
    public async Task<(AttemptOrder Order, int Pid)> LeaveAsync(
        string signal = "started", string text = "echo first", string limits = "{}")
    {
        var (child, order, pid) = await BeginAsync(signal, text, limits);
        child.Leave();
        Assert.Equal("gone c-1", await Cell.Events.NextAsync());
        return (order, pid);
    }

    public Task GoAsync() => File.WriteAllTextAsync(Path.Combine(Cell.Folder, "go"), "", Cancel);

    /// <summary>Completes when its worker has said how it ended.</summary>
    public Task EndedAsync(AttemptOrder order) => Eventually.True(() => File.Exists(FolderOf(order).Result));

    /// <summary>Kills its worker, and first its guardian, so that nobody ends what they leave.</summary>
    public async Task KillWithGuardianAsync(AttemptOrder order)
    {
        var worker = DetachedClaim.Read(FolderOf(order))!.Process;
        var guardian = Assert.Single(ProcessTree.Descend([worker.Pid]), member => IsGuardian(member.Pid)).Identity;
        // Stopped, it sees nothing of its guardian's end, in whose place it would start another.
        worker.Send(Libc.SigStop);
        await Eventually.True(() => KernelGroupFiles.Instance.Read($"/proc/{worker.Pid}/stat")
            ?.Contains(") T ", StringComparison.Ordinal) == true);
        guardian.Send(Libc.SigKill);
        worker.Send(Libc.SigKill);
        await Eventually.True(() => !worker.IsAlive() && !guardian.IsAlive());
    }

    public async Task<IChild> TakeUpAsync(AttemptOrder order)
    {
        var child = await Cell.ChildAsync(order.Job);
        child.Start(order with { TakesUp = true });
        return child;
    }

    public async Task<IReadOnlySet<int>> ReclaimAsync(AttemptOrder order) => (await ReclaimAllAsync(order)).Outliving;

    public async Task<Reclaimed> ReclaimAllAsync(AttemptOrder order)
    {
        var left =
            await Runs.ReclaimAsync(order.Job, new Dictionary<int, int> { [order.Ordinal] = order.Attempt }, Cancel);
        Assert.Empty(left.NotEnded);
        return left;
    }

    private static bool IsGuardian(int pid) => KernelGroupFiles.Instance.Read($"/proc/{pid}/cmdline")
        ?.StartsWith("amoeba-guardian", StringComparison.Ordinal) == true;
}
