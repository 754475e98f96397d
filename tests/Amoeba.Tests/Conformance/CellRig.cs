using Amoeba.Cells;
using Amoeba.Engine.Ports;
using Amoeba.Hosting.Binding;
using Amoeba.Plans;
using Amoeba.Processes;
using Amoeba.Tests.Fakes;
using Amoeba.Tools.Run;
using Amoeba.Tools.Wait;

namespace Amoeba.Tests.Conformance;

/// <summary>Everything around a cell, with real programs: a plan goes in, its attempts can be ordered.</summary>
internal sealed class CellRig : IDisposable
{
    private readonly ProgramLauncher _launcher = new(TimeProvider.System);
    private readonly TreeWatcher _limiter = new(TimeProvider.System);
    private readonly Lazy<Binder> _binder;
    private ICell? _cell;
    private int _attempts;

    public CellRig(Func<AttemptRunner, ProgramLauncher, ICell> cell)
    {
        Outputs = new InlineOutputs(Folder);
        _binder = new Lazy<Binder>(MakeBinder);
        MakeCell = cell;
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("amoeba-cell-").FullName;

    public ChildEvents Events { get; } = new();

    public RowsReader Rows { get; } = new();

    public InlineOutputs Outputs { get; }

    /// <summary>By it graces and signs of life are measured; to be set before the first child.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>The parent's environment.</summary>
    public Dictionary<string, string> Environment { get; } = new()
    {
        ["PATH"] = "/usr/local/bin:/usr/bin:/bin",
        ["HOME"] = "/nowhere",
        ["LANG"] = "C.UTF-8",
        ["UNLISTED"] = "stays with the parent",
    };

    public List<string> Inherit { get; } = [];

    public List<StoreUnusableException> Unusable { get; } = [];

    private Func<AttemptRunner, ProgramLauncher, ICell> MakeCell { get; }

    /// <summary>Takes a plan on as a job, whose id it returns.</summary>
    public string Job(string plan)
    {
        var spec = PlanReader.Read(plan, "test");
        var id = $"j{Guid.NewGuid():n}";
        var stages = new List<StageContext>();
        var first = 0;
        foreach (var task in spec.Tasks)
        {
            var items = (task.Each as ItemsEach)?.Items;
            stages.Add(new StageContext(task, first, items?.Count ?? 1, items is null ? null : new ListItems(items)));
            first += items?.Count ?? 1;
        }

        _binder.Value.Add(new JobContext(id, spec, Folder, stages));
        return id;
    }

    /// <summary>A job of one shell text. Lines are given by \n in it.</summary>
    public string Sh(string text, string limits = "{}") => Job(
        $$"""{"name": "t", "limits": {{limits}}, "tasks": [{"id": "only", "do": {"sh": {{new TextItem(text).Json}} } }]}""");

    /// <summary>A child that was asked for, and says by itself what comes of that.</summary>
    public IChild Spawn(string job, string id = "c-1")
    {
        _cell ??= MakeCell(Runner(), _launcher);
        return _cell.Spawn(new ChildSpec(id, job), Events);
    }

    public async Task<IChild> ChildAsync(string job, string id = "c-1")
    {
        var child = Spawn(job, id);
        Assert.Equal($"ready {id}", await Events.NextAsync());
        return child;
    }

    public AttemptOrder Order(string job, int ordinal = 0, int items = 1, string child = "c-1") =>
        new(job, ordinal, items, ++_attempts, child);

    /// <summary>Makes a new child do one attempt to its end, and go.</summary>
    public async Task<AttemptResult> RunAsync(string job, int ordinal = 0, int items = 1)
    {
        var child = await ChildAsync(job);
        child.Start(Order(job, ordinal, items));
        var result = await Events.EndAsync();
        child.Destroy();
        Assert.Equal("gone c-1", await Events.NextAsync());
        return result;
    }

    public static string Text(AttemptResult result) => InlineOutputs.TextOf(result.Output);

    /// <summary>A program writes `signal NAME text` by `echo text > NAME`; the test waits for it here.</summary>
    public Signal Signal(string name) => new(Path.Combine(Folder, name));

    public static bool IsAlive(int pid) => ProcFs.TryReadStat(pid, out var stat) && !stat.IsZombie;

    public void Dispose()
    {
        (_cell as IDisposable)?.Dispose();
        _launcher.Dispose();
        _limiter.Dispose();
        TempFolder.Remove(Folder);
    }

    private AttemptRunner Runner()
    {
        var programs = new ProgramRunner(_launcher, _limiter);
        return new AttemptRunner(
            [new RunTool(programs), new ShTool(programs), new WaitTool(TimeProvider.System)],
            _binder.Value, Outputs, Time, Unusable.Add);
    }

    private Binder MakeBinder() => new(Rows, Outputs, new BinderOptions
    {
        ParentId = "parent-1",
        OutputsFolder = Path.Combine(Folder, "outputs"),
        Environment = Environment,
        Inherit = Inherit,
        Grace = TimeSpan.FromMinutes(1),
    });
}
