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

    /// <summary>Completes when, after <see cref="EmptyIfEmpty"/>, nothing is owned any more.</summary>
    public Task Emptied => _emptied.Task;

    private bool _emptying;

    public Task Add(string job, JobContext context, JobItems items)
    {
        var hosted = new Hosted(context, items);
        if (_jobs.TryGetValue(job, out var earlier))
        {
            earlier.Items.Dispose();
        }

        _jobs[job] = hosted;
        binder.Add(context);
        return hosted.Accepted.Task;
    }

    public bool Owns(string job) => _jobs.ContainsKey(job);

    public JobContext ContextOf(string job) => _jobs[job].Context;

    public Task<JobState> WhenSettled(string job) => _jobs.TryGetValue(job, out var hosted)
        ? hosted.Settled.Task
        : throw new InvalidOperationException($"Job {job} is not hosted here.");

    public Task<string?> Ask(string request) =>
        _asks.GetOrAdd(request, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Accepted(string job)
    {
        if (_jobs.TryGetValue(job, out var hosted))
        {
            hosted.Accepted.TrySetResult();
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
        if (!core.Jobs.Any(live => live.Id == job) && _jobs.TryGetValue(job, out var hosted))
        {
            binder.Remove(job);
            hosted.Items.Dispose();
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
        foreach (var hosted in _jobs.Values)
        {
            hosted.Accepted.TrySetException(error);
            hosted.Settled.TrySetException(error);
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

        public TaskCompletionSource Accepted { get; } = New();

        public TaskCompletionSource<JobState> Settled { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
