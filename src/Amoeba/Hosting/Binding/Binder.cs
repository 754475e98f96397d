using System.Collections.Concurrent;
using Amoeba.Engine.Ports;
using Amoeba.Hosting.Reusing;
using Amoeba.Plans;

namespace Amoeba.Hosting.Binding;

/// <summary>What the binder takes from the parent.</summary>
internal sealed record BinderOptions
{
    /// <summary>Letters, digits, '-' and '_' only.</summary>
    public required string ParentId { get; init; }

    /// <summary>Where the outputs of all jobs are; the files of a job's inputs go to JOB/inputs in it.</summary>
    public required string OutputsFolder { get; init; }

    /// <summary>This process's environment.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Names that the configuration lists; their values reach programs and are masked in outputs.</summary>
    public IReadOnlyList<string> Inherit { get; init; } = [];

    /// <summary>Keys of models: masked in what a job that calls one writes. Read when such a job is hosted.</summary>
    public Func<IEnumerable<string>> Secrets { get; init; } = () => [];

    /// <summary>What headers of `fetch` may take beside inherited variables, as `env:NAME` and `file:PATH`.</summary>
    public IReadOnlyList<string> HeaderSecrets { get; init; } = [];

    /// <summary>Where results of earlier jobs are; null where no jobs are kept.</summary>
    public Reuse? Reuse { get; init; }

    /// <summary>Between the request to end and the force.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>Makes the attempts of this parent's jobs ready. Safe from any thread.</summary>
internal sealed class Binder(IStoreReader store, IOutputs outputs, BinderOptions options) : IAttemptBinder
{
    private readonly ConcurrentDictionary<string, JobBinding> _jobs = new(StringComparer.Ordinal);

    /// <summary>From here on attempts of the job can be bound; called again, what is known of it is replaced.</summary>
    public void Add(JobContext job) => _jobs[job.Id] = new JobBinding(job, options, store, outputs);

    public void Remove(string job) => _jobs.TryRemove(job, out _);

    /// <inheritdoc/>
    public AttemptWork Bind(AttemptOrder order) => _jobs.TryGetValue(order.Job, out var job)
        ? job.Bind(order)
        : throw new PlanException($"job {order.Job} is not hosted by this parent; run `amoeba resume {order.Job}`");
}
