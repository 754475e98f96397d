using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Running;
using Amoeba.Models;
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
            throw new InvalidOperationException("A durable ForEachAsync needs AmoebaOptions.Home, the folder where jobs live.");
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

    public async Task<JobResult> RunAsync(string plan, string? folder, CancellationToken cancel)
    {
        var parent = Opened();
        var accepted = await parent.SubmitAsync(
            new Submission
            {
                Plan = PlanReader.Read(plan, "plan", new PlanReadOptions { Now = time.GetUtcNow(), Stored = true }),
                Folder = Path.GetFullPath(folder ?? Environment.CurrentDirectory),
                By = "library",
            },
            cancel);
        await SettleAsync(parent, accepted.Job, cancel);
        return JobResults.Read(parent, accepted.Job);
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
        var submission = new Submission { Plan = run.Plan(items), Folder = Environment.CurrentDirectory, By = "library" };
        if (run.FindInterrupted(parent.Store) is { } earlier && await HasSameItemsAsync(parent, earlier, submission, cancel))
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
                    Caps = new Lease(options.MaxChildren, 0, options.MaxPrograms, options.MaxMemory),
                    Grace = options.Grace,
                    Delegates = _delegates,
                    Models = new ModelCatalog(options.ChatClients.Keys.Select(name => new ModelEntry { Name = name, Kind = ModelKind.Own })),
                    OwnClients = new RegisteredClients(options.ChatClients),
                    Zones = new(Off: true),
                });
            }

            return _parent;
        }
    }
}

/// <summary>Reads a job's results for a program.</summary>
internal static class JobResults
{
    public static JobResult Read(Parent parent, string job)
    {
        var stored = parent.Store.FindJob(job)!;
        var plan = PlanJson.Read(stored.Record.PlanJson);
        var manifests = StageManifest.FromJson(stored.Record.StagesJson);
        var tasks = new List<TaskResult>();
        var first = 0;
        for (var stage = 0; stage < plan.Tasks.Count; stage++)
        {
            var count = manifests[stage].Space;
            foreach (var row in parent.Store.ReadTasks(job, first, count))
            {
                if (row.Ordinal < first + count)
                {
                    tasks.Add(new TaskResult(
                        plan.Tasks[stage].Id, row.Ordinal - first, row.State, Bytes(parent, job, row.Output), row.Error, row.Attempt)
                    {
                        Tokens = row.Figures is { Tokens: var used } ? used.Input + used.Cached + used.Output : 0,
                        CostUsd = row.Figures?.CostUsd ?? 0,
                    });
                }
            }

            first += count;
        }

        var (input, output, cached, _) = stored.Status.Tokens;
        return new JobResult(job, stored.Status.State, Bytes(parent, job, stored.Status.Output), tasks)
        {
            Tokens = input + cached + output,
            CostUsd = stored.Status.CostUsd,
        };
    }

    public static byte[] Bytes(Parent parent, string job, OutputRef output)
    {
        using var stream = parent.Outputs.Read(job, output);
        using var all = new MemoryStream();
        stream.CopyTo(all);
        return all.ToArray();
    }
}
