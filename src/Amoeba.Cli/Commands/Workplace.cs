using System.Collections.Concurrent;
using Amoeba.Cells.Docker;
using Amoeba.Cli.Arguments;
using Amoeba.Cli.Terminal;
using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Hosting;
using Amoeba.Hosting.Configuration;
using Amoeba.Hosting.Reading;
using Amoeba.Hosting.Remains;
using Amoeba.Hosting.Reusing;
using Amoeba.Hosting.Running;
using Amoeba.Machine;
using Amoeba.Models;
using Amoeba.Outputs;
using Amoeba.Plans;
using Amoeba.Processes;
using Amoeba.Sources;
using Amoeba.Stores;
using Amoeba.Stores.Sqlite;

namespace Amoeba.Cli.Commands;

/// <summary>
/// What a command works with: the home, its store, its parent. Each is opened when it is first asked for.
/// </summary>
internal sealed class Workplace : IAsyncDisposable
{
    private readonly CliConsole _console;
    private readonly ConfigSources _sources;
    private readonly bool _quiet;
    private readonly ConcurrentQueue<string> _told = new();
    private AmoebaConfig? _config;
    private StoreReading? _reading;
    private FileOutputs? _outputs;
    private JobReader? _reader;
    private SqliteStore? _store;
    private ProgramLauncher? _launcher;
    private Parent? _parent;

    private Workplace(CliConsole console, ConfigSources sources, bool quiet)
    {
        (_console, _sources, _quiet) = (console, sources, quiet);
        Home = ConfigReader.HomeOf(sources).Home;
    }

    public string Home { get; }

    public string StorePath => Path.Combine(Home, "amoeba.db");

    public AmoebaConfig Config => _config ??= ConfigReader.Load(_sources);

    /// <summary>Reading alone: makes nothing, and reads a home that is not there as an empty one.</summary>
    public JobReader Reader
    {
        get
        {
            if (_reader is not null) return _reader;
            // A parent of this process has a connection and files of its own open already.
            _outputs = _parent is null ? new FileOutputs(Path.Combine(Home, "outputs"), _console.Time) : null;
            return _reader =
                new JobReader(Reading, _outputs ?? _parent!.Outputs,
                    OpenItems, Lives, _console.Time, new DetachedSight(Home));
        }
    }

    private IStoreReader Reading => _parent?.Store ?? (_reading ??= SqliteStore.OpenReadOnly(StorePath)).Reader;

    /// <summary>For writing; made where there is none.</summary>
    public IStore Store => _store ??= SqliteStore.Open(StorePath);

    /// <summary>What plans are read with: the configuration's defaults.</summary>
    public PlanReadOptions PlanDefaults => new() { Limits = Config.Limits, DefaultTool = Config.DefaultTool };

    public static Workplace Of(CommandCall call)
    {
        var sources = new ConfigSources
        {
            Home = call.Value(CommonOptions.Home),
            Folder = call.Console.Folder,
            Environment = call.Console.Variable,
        };
        return new Workplace(call.Console, sources, call.Quiet);
    }

    /// <summary>What a parent of this configuration is told.</summary>
    public ParentOptions ParentOptions => new()
    {
        Home = Home,
        Time = _console.Time,
        Environment = _console.Variables(),
        Inherit = Config.Inherit,
        Models = Config.Models is { } models ? new ModelCatalog(models.Entries) : ModelCatalog.Empty,
        Autonomy = Config.Autonomy,
        Expiry = Config.Approval.Expires is { } after ? new ApprovalExpiry(after, Config.Approval.Answer) : null,
        Caps = new Lease(Config.Caps.Light, Config.Caps.Heavy, Config.Caps.Programs, Config.Caps.Memory),
        ReservedMemory = Config.Caps.FreeMemory,
        HeavyPerSecond = Config.Caps.HeavyPerSecond,
        DockerPerMinute = Config.Caps.DockerPerMinute,
        Docker = Config.Docker,
        Fetch = Config.Fetch,
        GainLight = Config.Gain.Light,
        Isolation = Config.Isolation,
        IsolationFrom = Config.Origins.GetValueOrDefault("isolation"),
        GainHeavy = Config.Gain.Heavy,
        Zones = Config.Zones,
        Grace = Config.Grace,
        Waiting = what =>
        {
            if (!_quiet)
                _console.Error.WriteLine(
                    Wrapping.Wrap($"amoeba: waiting; {what} ...", Wrapping.WidthOfError(_console), 4));
        },
        Warn = _told.Enqueue,
        Retention = new RetentionOptions
        {
            Jobs = Config.Retention.Jobs,
            Logs = Config.Retention.Logs,
            KeepNewest = Config.Retention.Keep,
        },
    };

    /// <summary>The parent of this process.</summary>
    public Parent OpenParent()
    {
        if (_parent is not null) return _parent;
        Warn(Config.Warnings);
        return _parent = Parent.Open(ParentOptions);
    }

    /// <summary>Lets go of everything this process owns.</summary>
    public async Task CloseParentAsync()
    {
        if (_parent is not null) await _console.Stay(_parent.DisposeAsync().AsTask());
        _parent = null;
        // Not before: a display of progress may have had the screen.
        Warn(_told);
        _told.Clear();
        if (_reading is null) _reader = null;
    }

    public bool OwnsHere(JobView job) => _parent is not null && job.Stored.Owner == _parent.Id;

    /// <summary>
    /// A job as it would be submitted, without running or keeping anything: what `plan` and `simulate` look at.
    /// </summary>
    /// <param name="submission">What would be handed in.</param>
    /// <param name="asksDocker">Docker is asked whether containers could be made, where the job needs any.</param>
    public async Task<ReadyJob> RehearseAsync(Submission submission, bool asksDocker)
    {
        var options = ParentOptions;
        var submitting = new Submitting(
            options, new ItemSpooler(commands: null), new MachineSight(options, new MachineReader(_console.Time)),
            submission.Plan.Reuse ? Reuse.Of(options, Reading) : null,
            asksDocker ? new ContainerCheck(() => Docker, options) : null);
        var ready = await submitting.PrepareAsync(submission, spool: null, "rehearsal", CancellationToken.None);
        Warn(Config.Warnings.Concat(ready.Warnings));
        return ready;
    }

    public void Warn(IEnumerable<string> warnings)
    {
        var width = Wrapping.WidthOfError(_console);
        foreach (var warning in _quiet ? [] : warnings)
            _console.Error.WriteLine(Wrapping.Wrap($"amoeba: warning: {warning}", width, 4));
    }

    /// <summary>Detached cells, as they are on disk.</summary>
    public DetachedRemains Detached => new(Home, Reading, Lives, _console.Time);

    /// <summary>Every kind of cell that can be there without a parent.</summary>
    public IReadOnlyList<ICellRemains> Remains => OperatingSystem.IsLinux() ? [Detached, Containers] : [Detached];

    /// <summary>Containers of this home, as the docker daemon tells of them.</summary>
    private DockerRemains Containers => new(Docker, Home, Lives);

    private DockerClient Docker =>
        new(_launcher ??= new ProgramLauncher(_console.Time), Config.Docker, _console.Variables());

    /// <summary>Parents that crashed, and whose traces nobody removed yet.</summary>
    public IReadOnlyList<string> DeadParents() =>
        [.. Reading.ListParents().Select(parent => parent.Id).Where(parent => !Lives(parent))];

    /// <summary>What the store still has of the children of parents.</summary>
    public IReadOnlyList<ChildRecord> ChildrenOf(IReadOnlyList<string> parents) =>
        [.. Reading.ListChildren().Where(child => parents.Contains(child.Parent))];

    /// <summary>Ends what parents that crashed left running, and forgets them.</summary>
    /// <param name="kept">Of whom more may run than can be seen now: they are not forgotten.</param>
    /// <returns>
    /// How many processes were ended, of how many parents nothing is left, and of how many something is.
    /// </returns>
    public async Task<(int Ended, int Cleaned, int Left)> CleanAsync(ICollection<string> kept)
    {
        var (ended, cleaned, left) = (0, 0, 0);
        foreach (var parent in Store.ListParents())
        {
            if (Lives(parent.Id)) continue;
            var (killed, clean) = await LeftBehind.SweepAsync(parent.Id, _console.Time, CancellationToken.None);
            ended += killed;
            if (!clean)
            {
                _console.Error.WriteLine($"amoeba: {LeftBehind.Words(parent.Id)}; end it, and clean again");
                left++;
                continue;
            }

            if (kept.Contains(parent.Id)) continue;
            Store.RemoveParent(parent.Id);
            cleaned++;
        }

        return (ended, cleaned, left);
    }

    public async ValueTask DisposeAsync()
    {
        await CloseParentAsync();
        _launcher?.Dispose();
        _reading?.Dispose();
        _outputs?.Dispose();
        _store?.Dispose();
    }

    private SpooledJobItems OpenItems(JobRecord job) => new SpooledJobItems(job, Path.Combine(Home, "spool", job.Id));

    private bool Lives(string parent) => ParentLock.IsHeld(ParentLock.PathOf(Home, parent));
}
