using Amoeba.Cells;
using Amoeba.Cells.Detached;
using Amoeba.Cells.Docker;
using Amoeba.Cells.Process;
using Amoeba.Cells.Thread;
using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Binding;
using Amoeba.Hosting.Remains;
using Amoeba.Hosting.Running.Quotas;
using Amoeba.Machine;
using Amoeba.Outputs;
using Amoeba.Plans;
using Amoeba.Processes;
using Amoeba.Secrets;
using Amoeba.Sources;
using Amoeba.Stores.Memory;
using Amoeba.Stores.Sqlite;
using Amoeba.Telemetry;
using Amoeba.Tools.Chat;
using Amoeba.Tools.Delegate;
using Amoeba.Tools.Fetch;
using Amoeba.Tools.Run;
using Amoeba.Tools.Wait;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Amoeba.Hosting.Running;

/// <summary>What a parent is made of, put together by hand so that a command loads nothing it does not need.</summary>
internal sealed class ParentParts : IDisposable
{
    private readonly ParentOptions _options;
    private readonly ParentLock? _lock;
    private readonly ProgramLauncher _launcher;
    private readonly TreeWatcher _watcher;
    private readonly MachineSight _machine;
    private readonly FetchTool _fetch;
    private readonly ChatServices _chat;
    private readonly QuotaLoop _quotas;
    private readonly ProcessCell _processes;
    private readonly DockerPlaces _containers;
    private readonly DockerCell _docker;

    private ParentParts(ParentOptions options)
    {
        _options = options;
        Id = Ids.Parent();
        Log = options.Home is { } place
            ? new FileLog(new HomeFolder(place).Logs, Id, options.Time)
            : NullLogger.Instance;
        _launcher = new ProgramLauncher(options.Time, Log);
        var reader = new MachineReader(options.Time);
        var places = new Lazy<GroupPlaces>(() => LimitWays.Places(reader));
        var groups = LimitWays.Groups(places, Id);
        _watcher = new TreeWatcher(options.Time, groups);
        if (options.Home is { } root)
        {
            var home = new HomeFolder(root);
            Store = SqliteStore.Open(home.Store);
            home.Close();
            _lock = ParentLock.TryAcquire(ParentLock.PathOf(root, Id))
                ?? throw new StoreUnusableException($"the new lock {ParentLock.PathOf(root, Id)} is held already");
            Outputs = new FileOutputs(home.Outputs, options.Time);
        }
        else
        {
            Store = new MemoryStore();
            Outputs = new MemoryOutputs();
            Scratch = options.Scratch ?? Directory.CreateTempSubdirectory("amoeba-").FullName;
        }

        if (options.IsGuarded)
        {
            var own = options.Scratch is null ? Scratch : null;
            _ = new Guardian(_launcher, Id, _lock, options.Time, Log) { Groups = places, Scratch = own };
        }

        _quotas = new QuotaLoop(Id, OpenLedger, options.Time, error => Unusable?.Invoke(error));
        Store = options.WrapStore?.Invoke(Store) ?? Store;
        Outputs = options.WrapOutputs?.Invoke(Outputs) ?? Outputs;
        _fetch = new FetchTool(options.Fetch, FetchCache, options.Time);
        _machine = new MachineSight(options, reader);
        var keys = new ModelKeys(options.Environment);
        _chat = new ChatServices(options.Models, keys, _quotas, options.Time, options.OwnClients);
        var binder = new Binder(Store, Outputs, BinderOptions());
        Jobs = new HostedJobs(binder);
        var core = new EngineCore(
            new EngineOptions
            {
                Parent = Id,
                Caps = options.Caps,
                ReservedMemory = options.ReservedMemory,
                HeavyPerSecond = options.HeavyPerSecond,
                DockerPerMinute = options.DockerPerMinute,
            });
        Loop = new EngineLoop(core, Store, Outputs, options.Time, options.PollEvery);
        var runner = new AttemptRunner(Tools(), binder, Outputs, options.Time, error => Unusable?.Invoke(error));
        var environment = new EnvironmentBuilder(options.Environment, []).Build([], []);
        _processes = new ProcessCell(runner, _launcher, new ProcessCellOptions
        {
            Parent = Id,
            Environment = environment,
            Groups = groups,
            Worker = options.Worker,
            NoWorker = options.NoWorker,
            Log = Log,
        });
        var detached = new DetachedCellOptions
        {
            Parent = Id,
            Root = DetachedRoot(options),
            Environment = environment,
            Groups = groups,
            Worker = options.Worker,
            NoWorker = options.NoWorker,
            NoHome = options.NoHome,
            EndTree = (tree, time) => options.EndTree(tree, time, CancellationToken.None),
        };
        _containers = new DockerPlaces(new DockerClient(_launcher, options.Docker, options.Environment),
            Jobs.ContextOf, options.Home ?? Scratch!, BinderOptions().OutputsFolder);
        _docker = _containers.Cell(runner, Id, options.Home, Log, Doubt);
        ICell[] cells = [new ThreadCell(runner), _processes, new DetachedCell(runner, _launcher, detached), _docker];
        var flows = new FlowFeeder(Jobs, Store, Outputs, Reuse is { } reuse ? new(reuse, options.Time) : null,
            Loop.Post, error => Unusable?.Invoke(error));
        Strays = new Strays(options.Home, Store, options.Time, Log);
        Edges = new ParentEdges(Id, options, Loop, Store, cells, Jobs, new MergeRunner(Store, Outputs), flows, _machine,
            new DeadParents(Id, options, Store, Loop, Strays, Log),
            new AloneAttempts(options.Home, Store), act => ParentLog.Oversaw(Log, act.Job, act.Act),
            error => Unusable?.Invoke(error));
        Loop.Effects = Edges;
        Loop.Lost = job =>
        {
            ParentLog.LostJob(Log, job);
            Jobs.Lost(job);
        };
    }

    public string Id { get; }

    public ILogger Log { get; }

    public IStore Store { get; }

    public IOutputs Outputs { get; }

    public EngineLoop Loop { get; }

    public HostedJobs Jobs { get; }

    public ParentEdges Edges { get; }

    /// <summary>Ends what earlier parents gave up and no longer could.</summary>
    public Strays Strays { get; }

    /// <summary>Where tools ask before they call what has a quota.</summary>
    public IQuotas Quotas => _quotas;

    /// <summary>Where a parent without a home puts its spools.</summary>
    public string? Scratch { get; }

    /// <summary>Told when outputs cannot be written.</summary>
    public Action<Exception>? Unusable { get; set; }

    public static ParentParts Build(ParentOptions options) => new(options);

    public Submitting Submitting(bool runCommands) => new(
        _options,
        new ItemSpooler(runCommands ? new CommandLines(_launcher, _options) : null),
        _machine,
        Reuse,
        new ContainerCheck(() => _containers.Client, _options));

    /// <summary>Null where no jobs are kept.</summary>
    private Reusing.Reuse? Reuse => _options.Home is null ? null : Reusing.Reuse.Of(_options, Store);

    /// <summary>
    /// Starts the guardian beside all else where a plan names a program, so that its first task need not wait for it.
    /// </summary>
    public void Expect(PlanSpec plan)
    {
        if (_launcher.Guardian is { } guardian
            && plan.Tasks.Any(task => task.Do.Any(tool => tool is RunSpec or ShSpec)))
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static guardian => guardian.EnsureStarted(), guardian, preferLocal: false);
        }
    }

    /// <summary>What the containers of its jobs are made with.</summary>
    public DockerPlaces Containers => _containers;

    public ParentRecord Record() => ParentIdentity.Of(Id, _options.Time.GetUtcNow());

    public void Dispose()
    {
        foreach (var child in Edges.Children)
        {
            child.Leave();
        }

        _processes.Dispose();
        _docker.Dispose();
        _fetch.Dispose();
        _chat.Dispose();
        _quotas.Dispose();
        _launcher.Dispose();
        _watcher.Dispose();
        (Outputs as IDisposable)?.Dispose();
        Store.Dispose();
        _lock?.Dispose();
        if (Scratch is not null && _options.Scratch is null)
        {
            Directory.Delete(Scratch, recursive: true);
        }
    }

    private void Doubt(DoubtedContainer container)
    {
        ParentLog.DoubtedContainer(Log, container.Name);
        var what = $"docker did not say that container {container.Name} of job {container.Job} is gone, so that it may "
            + "run on; when docker answers again, ";
        if (_options.Home is not { } home)
        {
            _options.Warn($"{what}`docker rm --force {container.Name}` removes it");
            return;
        }

        _options.Warn($"{what}`amoeba cells clean` removes it");
        if (new DoubtNotes(home).Add(container) is { } problem)
            ParentLog.NotNotedContainer(Log, container.Name, problem);
    }

    private static string? DetachedRoot(ParentOptions options) =>
        options.Home is { } home ? DetachedFolder.RootOf(home) : null;

    private IFetchCache FetchCache()
    {
        var limits = new FetchCacheLimits(_options.Fetch.CacheBytes);
        return _options.Home is { } home
            ? SqliteFetchCache.Open(new HomeFolder(home).Store, limits, _options.Time)
            : new MemoryFetchCache(limits, _options.Time);
    }

    private IQuotaLedger OpenLedger()
    {
        if (_options.Home is { } home)
        {
            return SqliteQuotaLedger.Open(new HomeFolder(home).Store, _options.Time);
        }

        var ledger = new MemoryQuotaLedger(_options.Time);
        ledger.AddParent(Id);
        return ledger;
    }

    private IEnumerable<ITool> Tools()
    {
        var programs = new ProgramRunner(_launcher, _watcher);
        return
        [
            new RunTool(programs),
            new ShTool(programs),
            new WaitTool(_options.Time),
            new ChatTool(_chat),
            new ChatMergeTool(_chat),
            new DelegateTool(_options.Delegates),
            _fetch,
            .. _options.Tools,
        ];
    }

    private BinderOptions BinderOptions() => new()
    {
        ParentId = Id,
        OutputsFolder = _options.Home is { } home ? new HomeFolder(home).Outputs : Scratch!,
        Environment = _options.Environment,
        Inherit = _options.Inherit,
        Secrets = () => _options.Models.Entries.SelectMany(_chat.Keys.SecretsOf),
        HeaderSecrets = _options.Fetch.Secrets,
        Reuse = Reuse,
        Grace = _options.Grace,
    };
}
