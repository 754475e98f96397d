using Amoeba.Deciding;
using Amoeba.Engine;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Sources;

namespace Amoeba.Hosting.Running;

/// <summary>A running Amoeba.</summary>
internal sealed partial class Parent : IParent
{
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
        _ = parts.Loop.Completed.ContinueWith(
            ended => Fail(ended.Exception!.InnerException!), CancellationToken.None,
            TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
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

    public Task WhenLeftAsync(string job) => _parts.Jobs.WhenLeft(job) ?? Task.CompletedTask;

    public Task StopAsync(TimeSpan grace) => StopAsync(new StopRequested(grace));

    public Task StopNowAsync() => StopAsync(new StopRequested(TimeSpan.Zero, Now: true));

    private Task StopAsync(StopRequested how)
    {
        _parts.Loop.Post(how);
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

    private static string WithoutItems(StoredJob? stored) => stored switch
    {
        null => "The job cannot go on without its items.",
        { Status.State: var state, Id: var id } when JobLife.IsEnded(state) =>
            "It cannot be tried again without its items: put the folder back from a copy, or run its plan again; "
                + $"`amoeba results {id}` has what it did.",
        { Id: var id } =>
            "The job cannot go on without its items: put the folder back from a copy and `amoeba "
                + $"resume {id}`, or end it with "
            + $"`amoeba cancel {id}` and run its plan again; `amoeba results {id}` has what it did.",
    };

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
