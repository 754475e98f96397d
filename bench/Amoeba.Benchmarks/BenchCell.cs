using System.Globalization;
using Amoeba.Cells;
using Amoeba.Cells.Process;
using Amoeba.Cells.Workers;
using Amoeba.Engine.Ports;
using Amoeba.Outputs;
using Amoeba.Plans;
using Amoeba.Processes;
using Amoeba.Tools.Wait;

namespace Amoeba.Benchmarks;

/// <summary>A process cell with nothing around it: every task is to wait for nothing.</summary>
internal sealed class BenchCell : IAttemptBinder, IChildEvents, IDisposable
{
    private const string Job = "bench";
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(5);

    private static readonly string[] Variables = ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/"];

    private readonly ProgramLauncher _launcher = new(BenchRoom.Time);
    private readonly MemoryOutputs _outputs = new();
    private readonly WorkerCell _cell;
    private readonly string _folder;
    private TaskCompletionSource<long> _said = New();
    private int _children;
    private int _attempts;

    public BenchCell(BenchRoom room, WorkerProgram worker)
        : this(room, (runner, launcher) => new ProcessCell(runner, launcher, new ProcessCellOptions
        {
            Parent = Job,
            Environment = Variables,
            Worker = worker,
            Beat = Beat,
        }))
    {
    }

    /// <param name="room">Where it works.</param>
    /// <param name="cell">Makes the cell, whatever its kind.</param>
    public BenchCell(BenchRoom room, Func<AttemptRunner, ProgramLauncher, WorkerCell> cell)
    {
        _folder = room.Folder;
        var runner =
            new AttemptRunner([new WaitTool(BenchRoom.Time)], this, _outputs, BenchRoom.Time, fault => throw fault);
        _cell = cell(runner, _launcher);
    }

    /// <summary>Of the child that was ready last.</summary>
    public int Pid { get; private set; }

    private string Child => string.Create(CultureInfo.InvariantCulture, $"c{_children}");

    /// <returns>The child, and milliseconds from asking for it to its hello.</returns>
    public async Task<(IChild Child, double Milliseconds)> SpawnAsync(CancellationToken cancel)
    {
        _children++;
        _said = New();
        var began = BenchRoom.Time.GetTimestamp();
        var child = _cell.Spawn(new ChildSpec(Child, Job), this);
        var ready = await _said.Task.WaitAsync(cancel);
        return (child, BenchRoom.Time.GetElapsedTime(began, ready).TotalMilliseconds);
    }

    /// <returns>Milliseconds from giving a child its task to hearing that it is done.</returns>
    public async Task<double> TurnAsync(IChild child, CancellationToken cancel)
    {
        _said = New();
        var order = new AttemptOrder(Job, 0, 0, ++_attempts, Child);
        var began = BenchRoom.Time.GetTimestamp();
        child.Start(order);
        return BenchRoom.Time.GetElapsedTime(began, await _said.Task.WaitAsync(cancel)).TotalMilliseconds;
    }

    public async Task EndAsync(IChild child, CancellationToken cancel)
    {
        _said = New();
        child.Destroy();
        await _said.Task.WaitAsync(cancel);
    }

    /// <summary>Starts a program exactly as a worker is started.</summary>
    /// <returns>Milliseconds to its end.</returns>
    public async Task<double> RunAsync(WorkerProgram program, CancellationToken cancel)
    {
        var channel = Channel.TryMake(out var theirs) ?? throw new IOException("There are no descriptors left.");
        var start = program.Start(Variables,
            ["AMOEBA_IS_CHILD=1", $"AMOEBA_PARENT_ID={Job}", "AMOEBA_CHILD_ID=peer"], Beat, theirs);
        var began = BenchRoom.Time.GetTimestamp();
        var (running, failure) = _launcher.Start(start, new WorkerComplaints(static (text, _) => text));
        Channel.CloseTheirs(theirs);
        if (running is null) throw new InvalidOperationException(failure!.Message);
        var exit = await running.Completion.WaitAsync(cancel);
        channel.Close();
        return exit.Succeeded
            ? BenchRoom.Time.GetElapsedTime(began).TotalMilliseconds
            : throw new InvalidOperationException($"the empty program ended with {exit.Describe()}");
    }

    /// <summary>Bytes a process holds, what it shares with others divided among them.</summary>
    public static double SharedMemory(int pid) =>
        TreeMemory.ShareOf(pid) ?? throw new IOException($"The memory of {pid} cannot be read.");

    public AttemptWork Bind(AttemptOrder order) => new()
    {
        Order = order,
        Chain = [new BoundWait(0)],
        Items = [],
        Limits = new LimitSpec(),
        Folder = _folder,
        Environment = static () => new ProgramEnvironment([], null),
    };

    public void Ready(string child, int? pid)
    {
        Pid = pid ?? 0;
        Say();
    }

    public void Failed(string child, ChildLoss loss) =>
        _said.TrySetException(new InvalidOperationException(loss.Reason));

    public void Ended(AttemptResult result)
    {
        if (result.End == AttemptEnd.Succeeded) Say();
        else _said.TrySetException(new InvalidOperationException(result.Error));
    }

    public void Waits(AttemptOrder order, string? what, DateTimeOffset? until)
    {
    }

    public void Warned(AttemptOrder order, string what)
    {
    }

    public void Gone(string child) => Say();

    public void Dispose()
    {
        _cell.Dispose();
        _launcher.Dispose();
        _outputs.Dispose();
    }

    private void Say() => _said.TrySetResult(BenchRoom.Time.GetTimestamp());

    private static TaskCompletionSource<long> New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
