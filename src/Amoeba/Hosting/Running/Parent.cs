using Amoeba.Cells.Detached;
using Amoeba.Deciding;
using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Processes;
using Amoeba.Sources;

namespace Amoeba.Hosting.Running;

/// <summary>A running Amoeba.</summary>
internal sealed class Parent : IParent
{
    private static readonly TimeSpan GuardianPatience = TimeSpan.FromSeconds(15);

    private readonly ParentOptions _options;
    private readonly ParentParts _parts;
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _strays;
    private bool _disposed;

    private Parent(ParentOptions options, ParentParts parts)
    {
        _options = options;
        _parts = parts;
        _strays = Task.Run(parts.Strays.EndAsync);
        parts.Unusable = Fail;
        _ = WatchAsync();
    }

    public string Id => _parts.Id;

    public Task Failed => _failed.Task;

    public IStore Store => _parts.Store;

    public IOutputs Outputs => _parts.Outputs;

    /// <summary>Opens the store, takes the parent's lock, registers, and starts the loop.</summary>
    /// <exception cref="StoreUnusableException">The store cannot be used (exit 5).</exception>
    public static Parent Open(ParentOptions options)
    {
        var parts = ParentParts.Build(options);
        try
        {
            parts.Store.AddParent(parts.Record());
            parts.Loop.Start();
            return new Parent(options, parts);
        }
        catch
        {
            parts.Dispose();
            throw;
        }
    }

    public async Task<Accepted> SubmitAsync(Submission submission, CancellationToken cancel)
    {
        var id = Ids.Job();
        var spool = _options.Home is { } home ? new HomeFolder(home).Spool(id) : TemporarySpool(id);
        _parts.Expect(submission.Plan);
        var ready = await _parts.Submitting(runCommands: true).PrepareAsync(submission, spool, id, cancel);
        await HostAsync(ready, submission.Folder, spool, new JobSubmitted(ready.Start));
        return new Accepted(id, ready.Warnings);
    }

    public async Task<Decision> DecideAsync(Submission submission, CancellationToken cancel) =>
        (await PrepareAsync(submission, cancel)).Start.Decision;

    /// <summary>The job as it would be handed to the engine; nothing is accepted or run.</summary>
    public Task<ReadyJob> PrepareAsync(Submission submission, CancellationToken cancel) =>
        _parts.Submitting(runCommands: false).PrepareAsync(submission, null, Ids.Job(), cancel);

    public async Task TakeAsync(string job, bool goOn, CancellationToken cancel, string? budget = null)
    {
        var stored = _parts.Store.FindJob(job) ?? throw new PlanException($"there is no job {job}; `amoeba jobs` lists them");
        if (stored.Owner == Id && _parts.Jobs.ContextOf(job) is not null)
        {
            if (goOn)
            {
                await AskAsync(job, "go_on", null, "amoeba", cancel);
            }

            return;
        }

        var before = stored.Owner;
        if (before is { } owner)
        {
            await WaitForEndOfAsync(owner, job, cancel);
            await EndContainersAsync(owner, stored, cancel);
        }

        var epoch = await OnLoopAsync(() => _parts.Store.Acquire(job, Id, stored.Epoch))
            ?? throw new JobBusyException($"job {job} was just taken by another parent; `amoeba show {job}` says how it stands");
        Task accepted;
        try
        {
            accepted = await RestoreAsync(job, epoch, goOn, budget, cancel);
        }
        catch
        {
            await ReleaseAsync(job, epoch);
            throw;
        }

        await accepted;
    }

    /// <summary>Hands a job that was taken to the engine, with what its last owner left of it.</summary>
    /// <returns>Completes when it is owned and that is on the disk.</returns>
    private async Task<Task> RestoreAsync(string job, long epoch, bool goOn, string? budget, CancellationToken cancel)
    {
        _parts.Outputs.CleanLive(job);
        var stored = _parts.Store.FindJob(job)!;
        var approval = _parts.Store.FindApproval(job);
        var plan = PlanJson.Read(stored.Record.PlanJson);
        var spool = new HomeFolder(_options.Home!).Spool(job);
        var items = OpenItems(plan, StageManifest.FromJson(stored.Record.StagesJson), spool, stored);
        try
        {
            var ready = _parts.Submitting(runCommands: false).Restore(stored, items, approval, budget);
            var open = OpenRows(ready.Start);
            var taken = new JobTaken(ready.Start, stored, epoch, _parts.Store.ReadMarks(job), open, approval, goOn)
            {
                Flows = FlowFeeder.Read(plan, items),
                Outliving = await OutlivingAsync(job, open, cancel),
            };
            CheckFlows(taken);
            return HostAsync(ready, stored.Record.Folder, items, taken);
        }
        catch
        {
            items.Dispose();
            throw;
        }
    }

    /// <summary>Gives a job back that was taken and cannot be gone on with, so that it is not held by one that does nothing for it.</summary>
    private async Task ReleaseAsync(string job, long epoch)
    {
        try
        {
            await OnLoopAsync(() =>
            {
                _parts.Store.Release(job, Id, epoch);
                return true;
            });
        }
        catch (Exception error) when (error is StoreUnusableException or IOException)
        {
            // What is told is why it was not taken; this parent stops for its own reason.
        }
    }

    /// <summary>Cancels a job that <see cref="TakeAsync"/> could not hold.</summary>
    /// <param name="job">The job.</param>
    /// <param name="before">Its owner before that was tried.</param>
    /// <param name="by">Who asked.</param>
    /// <param name="cancel">Ends it.</param>
    public Task<string?> CancelUnheldAsync(string job, string? before, string by, CancellationToken cancel) =>
        new ColdCancel(_options, _parts, Id).RunAsync(job, before, by, cancel);

    public async Task<string?> AskAsync(string job, string kind, string? argument, string by, CancellationToken cancel)
    {
        var request = new RequestRecord(Ids.Request(), job, kind, argument, by, _options.Time.GetUtcNow());
        var answer = _parts.Jobs.Ask(request.Id);
        await OnLoopAsync(() =>
        {
            _parts.Store.AddRequest(request);
            _parts.Loop.Post(_parts.Edges.Asked(request));
            return true;
        });
        return await answer.WaitAsync(cancel);
    }

    public Task<JobState> WhenSettledAsync(string job, CancellationToken cancel) =>
        _parts.Jobs.WhenSettled(job)?.WaitAsync(cancel)
        ?? (_parts.Store.FindJob(job) is { } stored
            ? Task.FromResult(stored.Status.State)
            : throw new InvalidOperationException($"There is no job {job}."));

    public Task StopAsync(TimeSpan grace)
    {
        _parts.Loop.Post(new StopRequested(grace));
        _parts.Loop.Post(new Called(() => _parts.Jobs.EmptyIfEmpty(_parts.Loop.Core, begin: true)));
        return _parts.Jobs.Emptied;
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (!_failed.Task.IsCompleted)
        {
            try
            {
                await StopAsync(TimeSpan.Zero);
                await OnLoopAsync(() =>
                {
                    if (_parts.Loop.Core.LateResults is > 0 and var late)
                    {
                        ParentLog.RefusedResults(_parts.Log, late);
                    }

                    Pruning.RunIfDue(_options, _parts);
                    _parts.Store.RemoveParent(Id);
                    return true;
                });
            }
            catch (Exception error) when (error is StoreUnusableException or IOException)
            {
                // Whoever waits for a job was told by Failed; the rest is the guardian's.
            }
        }

        await _strays;
        _parts.Loop.End();
        await _parts.Loop.Completed.ContinueWith(_ => { }, TaskScheduler.Default);
        _parts.Dispose();
    }

    /// <summary>Hosts a job and hands it to the engine; completes when it is owned and that is on the disk.</summary>
    internal Task HostAsync(ReadyJob ready, string folder, string spool, EngineEvent first) =>
        HostAsync(ready, folder, OpenItems(ready.Plan, ready.Manifests, spool), first);

    private Task HostAsync(ReadyJob ready, string folder, JobItems items, EngineEvent first)
    {
        var job = ready.Start.Record.Id;
        var context = Layout.Context(
            job, ready.Plan, folder, ready.Manifests, items, ready.Start.Decision.Cell, ready.CountedOn, ready.Image);
        var accepted = _parts.Jobs.Add(job, context, items);
        _parts.Loop.Post(first);
        return accepted;
    }

    private static JobItems OpenItems(
        PlanSpec plan, IReadOnlyList<StageManifest> manifests, string spool, StoredJob? stored = null)
    {
        try
        {
            return JobItems.Open(plan, manifests, spool);
        }
        catch (InvalidDataException error)
        {
            throw new StoreUnusableException($"{error.Message} {WithoutItems(stored)}", error);
        }
    }

    /// <summary>A task that was recorded had an item; where that is gone, the job's files are.</summary>
    private static void CheckFlows(JobTaken taken)
    {
        foreach (var flow in taken.Flows)
        {
            var stage = taken.Start.Stages[flow.Stage];
            var end = (long)stage.First + EachBinder.MaxItems;
            if (taken.Marks.Any(mark => mark.Ordinal >= stage.First + flow.Items && mark.Ordinal < end))
            {
                throw new StoreUnusableException(
                    $"The items that flowed into {stage.Id} are missing from the job's spool. {WithoutItems(taken.Stored)}");
            }
        }
    }

    private static string WithoutItems(StoredJob? stored) => stored switch
    {
        null => "The job cannot go on without its items.",
        { Status.State: var state, Id: var id } when JobLife.IsEnded(state) =>
            $"It cannot be tried again without its items: put the folder back from a copy, or run its plan again; `amoeba results {id}` has what it did.",
        { Id: var id } =>
            $"The job cannot go on without its items: put the folder back from a copy and `amoeba resume {id}`, or end it with "
            + $"`amoeba cancel {id}` and run its plan again; `amoeba results {id}` has what it did.",
    };

    /// <summary>Which of the running rows' attempts outlived their parent; what else is left of the job is ended.</summary>
    private async Task<IReadOnlySet<int>> OutlivingAsync(string job, List<TaskRecord> open, CancellationToken cancel)
    {
        var runs = new DetachedRuns(DetachedFolder.RootOf(_options.Home!), Id, _options.Time) { EndTree = _options.EndTree };
        var running = open.Where(row => row.State == TaskState.Running).ToDictionary(row => row.Ordinal, row => row.Attempt);
        var (outliving, notEnded) = await runs.ReclaimAsync(job, running, cancel);
        if (notEnded.Count > 0)
        {
            throw new JobBusyException(
                $"job {job}: a detached attempt that was given up cannot be ended ({notEnded[0].Path}); end what still runs "
                + "of it, or try again in a moment");
        }

        if (outliving.Count > 0)
        {
            ParentLog.TookUp(_parts.Log, job, outliving.Count);
        }

        return outliving;
    }

    private List<TaskRecord> OpenRows(JobStart start)
    {
        var job = start.Record.Id;
        var rows = new List<TaskRecord>();
        if (start.Merge == MergeWay.Task
            && _parts.Store.FindTask(job, start.Stages[^1].First) is { State: TaskState.Succeeded } merge)
        {
            rows.Add(merge);
        }

        foreach (var state in (TaskState[])[TaskState.Running, TaskState.Waiting])
        {
            rows.AddRange(_parts.Store.ReadTasks(job, 0, int.MaxValue, state));
        }

        return rows;
    }

    /// <summary>Waits until a dead owner's guardian is done, then makes sure that nothing of it is left.</summary>
    private async Task WaitForEndOfAsync(string owner, string job, CancellationToken cancel)
    {
        var path = ParentLock.PathOf(_options.Home!, owner);
        if (ParentLock.IsHeld(path) && Lives(owner))
        {
            throw new JobBusyException($"job {job} runs in another parent (pid {PidOf(owner)}); `amoeba logs {job} -f` follows it");
        }

        if (!await ParentLock.WaitUntilFree(path, GuardianPatience, _options.Time, cancel))
        {
            throw new JobBusyException(
                $"job {job}: what its last parent {owner} left is still being ended; try again in a moment");
        }

        var (killed, clean) = await _options.Sweep(owner, _options.Time, cancel);
        if (!clean)
        {
            throw new JobBusyException($"job {job}: {LeftBehind.Words(owner)}; end it, or try again in a moment");
        }

        ParentLog.TookOver(_parts.Log, job, owner, killed);
        await _parts.Strays.EndAsync();
        await OnLoopAsync(() =>
        {
            _parts.Store.RemoveParent(owner);
            return true;
        });
        File.Delete(path);
    }

    /// <summary>Before the job is anybody's again, so that nothing of it is there twice.</summary>
    private async Task EndContainersAsync(string owner, StoredJob stored, CancellationToken cancel)
    {
        if (stored.Status.DecisionJson is not { } json || DecisionJson.Read(json).Cell != CellKind.Docker) return;
        if (await _parts.Containers.RemoveOfAsync(_options.Home!, owner, cancel) is { } problem)
        {
            throw new JobBusyException($"job {stored.Id}: containers that its last parent {owner} left may still run, and cannot be ended: {problem}");
        }
    }

    private bool Lives(string owner) => _parts.Store.ListParents().FirstOrDefault(parent => parent.Id == owner) is { } record
        && ParentIdentity.IsAlive(record);

    private int? PidOf(string owner) => _parts.Store.ListParents().FirstOrDefault(parent => parent.Id == owner)?.Pid;

    private Task<T> OnLoopAsync<T>(Func<T> call)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _failed.Task.ContinueWith(failed => done.TrySetException(failed.Exception!.InnerException!),
            TaskContinuationOptions.OnlyOnFaulted);
        _parts.Loop.Post(new Called(() =>
        {
            try
            {
                done.TrySetResult(call());
            }
            catch (Exception error) when (error is StoreUnusableException or IOException)
            {
                done.TrySetException(error);
            }
        }));
        return done.Task;
    }

    private string TemporarySpool(string job) => Path.Combine(_parts.Scratch!, job);

    private async Task WatchAsync()
    {
        try
        {
            await _parts.Loop.Completed;
        }
        catch (Exception error)
        {
            Fail(error);
        }
    }

    /// <summary>This parent cannot go on: its children are ended, and everyone who waits is told.</summary>
    private void Fail(Exception error)
    {
        if (_failed.TrySetException(error))
        {
            ParentLog.Stopped(_parts.Log, error.Message);
            _parts.Loop.End();
            _parts.Jobs.Fail(error);
        }
    }
}
