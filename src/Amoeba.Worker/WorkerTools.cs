using Amoeba.Cells.Wire;
using Amoeba.Engine.Ports;
using Amoeba.Processes;
using Amoeba.Tools.Run;
using Amoeba.Tools.Wait;

namespace Amoeba.Worker;

/// <summary>
/// The tools of a worker, made when the first task asks for one: until then it is a few threads and a socket.
/// </summary>
/// <param name="ownsContainer">It is the first process of a container that is its alone.</param>
internal sealed class WorkerTools(bool ownsContainer) : IDisposable
{
    private TreeWatcher? _limits;
    private ProgramLauncher? _launcher;
    private ProgramRunner? _programs;

    /// <summary>
    /// NAME=VALUE in the environment of this worker and of all it starts, by which a guardian ends the rest should it
    /// die; null where its parent has one that does.
    /// </summary>
    public string? Mark { get; init; }

    /// <summary>Where it may make groups for its tasks; asked before the first program.</summary>
    public Func<OwnedGroups?> Groups { get; init; } = static () =>
        OwnedGroups.Read(Environment.GetEnvironmentVariable(OwnedGroups.Variable))?.OfWorker(Environment.ProcessId);

    public static string[] Names { get; } = ["run", "sh", "wait"];

    public ITool Of(BoundTool tool) => tool switch
    {
        BoundRun => new RunTool(Programs()),
        BoundSh => new ShTool(Programs()),
        BoundWait => new WaitTool(TimeProvider.System),
        _ => throw new ArgumentOutOfRangeException(nameof(tool), tool.Name, "Not a worker's."),
    };

    /// <summary>Makes what programs need before one is asked for.</summary>
    public void Prepare()
    {
        Programs();
        _limits!.Prepare();
    }

    /// <summary>Kills what its programs left, and waits until that is gone.</summary>
    public void Dispose()
    {
        _limits?.Dispose();
        _launcher?.Dispose();
        (_limits, _launcher, _programs) = (null, null, null);
    }

    private ProgramRunner Programs()
    {
        if (_programs is not null) return _programs;
        _launcher = new ProgramLauncher(TimeProvider.System) { OwnsContainer = ownsContainer };
        var groups = Groups();
        if (Mark is { } mark) _ = Guardian.OfWorker(_launcher, mark, groups, TimeProvider.System);
        _limits = new TreeWatcher(TimeProvider.System, groups is null ? null : TreeGroups.Of(groups));
        return _programs =
            new ProgramRunner(_launcher, _limits, Environment.GetEnvironmentVariable(WorkerRoom.ImageVariable));
    }
}
