using System.Collections.Concurrent;
using Amoeba.Engine;
using Amoeba.Hosting.Binding;
using Amoeba.Jobs;
using Amoeba.Sources;

namespace Amoeba.Hosting.Running;

/// <summary>The jobs that this parent hosts, with who waits for them. Safe from any thread.</summary>
internal sealed class HostedJobs(Binder binder)
{
    private readonly ConcurrentDictionary<string, Hosted> _jobs = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string?>> _asks = new();
    private readonly TaskCompletionSource _emptied = New();
    private bool _emptying;
    private volatile Exception? _failure;

    /// <summary>Completes when, after <see cref="EmptyIfEmpty"/>, nothing is owned any more.</summary>
    public Task Emptied => _emptied.Task;

    public Task Add(string job, JobContext context, JobItems items)
    {
        var hosted = new Hosted(context, items);
        if (_jobs.TryGetValue(job, out var earlier))
        {
            earlier.Items.Dispose();
            earlier.Left.TrySetResult();
        }

        _jobs[job] = hosted;
        binder.Add(context);
        if (_failure is { } failure)
        {
            hosted.Fail(failure); // Fail came just before, and saw this job or did not
        }

        return hosted.Accepted.Task;
    }

    /// <summary>Null where the job is not hosted, or not any more.</summary>
    public JobContext? ContextOf(string job) => _jobs.GetValueOrDefault(job)?.Context;

    /// <summary>Null where the job is not hosted, or not any more.</summary>
    public JobItems? ItemsOf(string job) => _jobs.GetValueOrDefault(job)?.Items;

    /// <summary>Null where the job is not hosted, or not any more: then the store says how it stands.</summary>
    public Task<JobState>? WhenSettled(string job) => _jobs.GetValueOrDefault(job)?.Settled.Task;

    /// <summary>Likewise for the time when nothing of it is left here.</summary>
    public Task? WhenLeft(string job) => _jobs.GetValueOrDefault(job)?.Left.Task;

    public Task<string?> Ask(string request) =>
        _asks.GetOrAdd(request, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Accepted(string job)
    {
        if (_jobs.TryGetValue(job, out var hosted))
        {
            hosted.Accepted.TrySetResult();
        }
    }

    /// <summary>Another parent owns the job: who waits until it is this one's waits no longer.</summary>
    public void Lost(string job)
    {
        if (_jobs.TryGetValue(job, out var hosted))
        {
            hosted.Accepted.TrySetException(new JobBusyException(
                $"job {job} was just taken by another parent; `amoeba show {job}` says how it stands"));
        }
    }

    public void Settled(string job, JobState state)
    {
        if (_jobs.TryGetValue(job, out var hosted))
        {
            hosted.Settled.TrySetResult(state);
        }
    }

    public void Unsettled(string job)
    {
        if (_jobs.TryGetValue(job, out var hosted) && hosted.Settled.Task.IsCompleted)
        {
            hosted.Settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public void Answered(string request, string? error)
    {
        if (_asks.TryRemove(request, out var asked))
        {
            asked.TrySetResult(error);
        }
    }

    public void Forgotten(string job, EngineCore core)
    {
        // One that was taken again meanwhile is another.
        if (_jobs.TryGetValue(job, out var hosted) && hosted.Accepted.Task.IsCompleted
            && !core.Jobs.Any(live => live.Id == job) && _jobs.TryRemove(new(job, hosted)))
        {
            binder.Remove(job);
            hosted.Items.Dispose();
            hosted.Left.TrySetResult();
        }

        EmptyIfEmpty(core, begin: false);
    }

    /// <summary>Completes <see cref="Emptied"/> as soon as the engine owns nothing.</summary>
    public void EmptyIfEmpty(EngineCore core, bool begin)
    {
        _emptying |= begin;
        if (_emptying && core.IsEmpty)
        {
            _emptied.TrySetResult();
        }
    }

    /// <summary>Nothing more will happen: everyone who waits is told why.</summary>
    public void Fail(Exception error)
    {
        _failure = error;
        foreach (var hosted in _jobs.Values)
        {
            hosted.Fail(error);
        }

        foreach (var ask in _asks.Values)
        {
            ask.TrySetException(error);
        }

        _emptied.TrySetException(error);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Hosted(JobContext context, JobItems items)
    {
        public JobContext Context => context;

        public JobItems Items => items;

        public void Fail(Exception error)
        {
            Accepted.TrySetException(error);
            Settled.TrySetException(error);
            Left.TrySetException(error);
        }

        public TaskCompletionSource Accepted { get; } = New();

        public TaskCompletionSource Left { get; } = New();

        public TaskCompletionSource<JobState> Settled { get; set; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
