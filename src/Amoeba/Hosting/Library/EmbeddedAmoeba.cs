using Amoeba.Cells.Detached;
using Amoeba.Cells.Workers;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.Sources;
using Amoeba.Tools.Delegate;

namespace Amoeba.Hosting.Library;

/// <summary>The library's face: one parent, opened with the first job.</summary>
internal sealed class EmbeddedAmoeba(AmoebaOptions options, TimeProvider time) : IAmoeba, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly DelegateRegistry _delegates = new();
    private Parent? _parent;
    private bool _disposed;

    public async Task<ForEachResult<TResult>> ForEachAsync<TItem, TResult>(
        IEnumerable<TItem> items, Func<TItem, CancellationToken, ValueTask<TResult>> work, ForEachOptions? forEach,
        CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(work);
        var how = forEach ?? new ForEachOptions();
        if (how.Durable && options.Home is null)
        {
            throw new InvalidOperationException(
                "A durable ForEachAsync needs AmoebaOptions.Home, the folder where jobs live.");
        }

        ForEachRun<TItem, TResult> run = how.Durable
            ? new DurableForEach<TItem, TResult>(work, how)
            : new MemoryForEach<TItem, TResult>([.. items], work, how);
        _delegates.Add(run.Delegate, run.DoAsync);
        try
        {
            var parent = Opened();
            var job = await StartAsync(parent, run, how.Durable ? [.. items] : null, cancel);
            await SettleAsync(parent, job, cancel);
            return run.Result(parent, job);
        }
        finally
        {
            _delegates.Remove(run.Delegate);
        }
    }

    public async Task<JobResult> RunAsync(string plan, RunOptions? run, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var how = run ?? new RunOptions();
        if (how.Children < 1) throw new ArgumentException("RunOptions.Children has to be 1 and up.", nameof(run));
        var reading = new PlanReadOptions { Now = time.GetUtcNow(), Stored = true, Vars = how.Variables };
        var read = PlanReader.Read(plan, "plan", reading);
        var submission = new Submission
        {
            Plan = how.Children is { } children ? read with { Children = children } : read,
            Folder = Path.GetFullPath(how.Folder ?? Environment.CurrentDirectory),
            Budget = how.Budget?.Write(),
            Yes = how.Approve,
            By = "library",
        };
        var parent = Opened();
        var accepted = await parent.SubmitAsync(submission, cancel);
        await SettleAsync(parent, accepted.Job, cancel);
        return JobResults.Read(parent, accepted.Job);
    }

    public async Task<JobResult> ResumeAsync(string job, JobBudget? budget, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (options.Home is null)
        {
            throw new InvalidOperationException("ResumeAsync needs AmoebaOptions.Home, the folder where jobs live.");
        }

        var words = budget?.Write();
        var parent = Opened();
        if (parent.Store.FindJob(job) is { Status.State: JobState.Succeeded or JobState.Failed or JobState.Cancelled })
            return JobResults.Read(parent, job);
        await parent.TakeAsync(job, goOn: true, cancel, words);
        await SettleAsync(parent, job, cancel);
        return JobResults.Read(parent, job);
    }

    public async ValueTask DisposeAsync()
    {
        Parent? parent;
        lock (_gate)
        {
            _disposed = true;
            parent = _parent;
        }

        if (parent is not null)
        {
            await parent.DisposeAsync();
        }
    }

    private static async Task<string> StartAsync<TItem, TResult>(
        Parent parent, ForEachRun<TItem, TResult> run, IEnumerable<TItem>? items, CancellationToken cancel)
    {
        var submission =
            new Submission { Plan = run.Plan(items), Folder = Environment.CurrentDirectory, By = "library" };
        if (run.FindInterrupted(parent.Store) is { } earlier
            && await HasSameItemsAsync(parent, earlier, submission, cancel))
        {
            await parent.TakeAsync(earlier.Id, goOn: true, cancel);
            return earlier.Id;
        }

        return (await parent.SubmitAsync(submission, cancel)).Job;
    }

    private static async Task<bool> HasSameItemsAsync(
        Parent parent, StoredJob earlier, Submission submission, CancellationToken cancel)
    {
        var now = (await parent.PrepareAsync(submission, cancel)).Manifests[0];
        var then = StageManifest.FromJson(earlier.Record.StagesJson)[0];
        return now.Count == then.Count && now.Hash == then.Hash;
    }

    /// <summary>Waits for the job's end; a fired token cancels the job first.</summary>
    private static async Task SettleAsync(Parent parent, string job, CancellationToken cancel)
    {
        try
        {
            await parent.WhenSettledAsync(job, cancel);
        }
        catch (OperationCanceledException)
        {
            await parent.AskAsync(job, "cancel", null, "library", CancellationToken.None);
            await parent.WhenSettledAsync(job, CancellationToken.None);
            throw;
        }
    }

    private Parent Opened()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_parent is null)
            {
                foreach (var (name, work) in options.Delegates)
                {
                    _delegates.Add(name, work);
                }

                _parent = Parent.Open(new ParentOptions
                {
                    Home = options.Home,
                    Time = time,
                    Environment = EnvironmentBuilder.OfThisProcess(),
                    Inherit = [.. options.Inherit],
                    Caps = new Lease(options.MaxChildren, options.MaxHeavyChildren,
                        options.MaxPrograms, options.MaxMemory),
                    Grace = options.Grace,
                    Isolation = options.Isolation,
                    Worker = options.Worker is { } worker ? new WorkerProgram(worker) : WorkerProgram.Find(),
                    NoWorker = WorkerProgram.NotInProgram,
                    NoHome =
                        $"{DetachedCellOptions.InMemory}; set AmoebaOptions.Home to a folder that "
                            + "lasts, or use another cell",
                    Delegates = _delegates,
                    Models = ModelNodes.Read(options),
                    OwnClients = new RegisteredClients(options.ChatClients),
                    Zones = new(Off: true),
                });
            }

            return _parent;
        }
    }
}
