using Amoeba.Jobs;

namespace Amoeba;

/// <summary>
/// Amoeba inside a program. It starts with its first job and stops with the service provider: what runs then is ended,
/// and durable jobs can be resumed. Safe from any thread.
/// </summary>
public interface IAmoeba
{
    /// <summary>Does the work for every item, as many at once as is worth it, each retried and timed.</summary>
    /// <param name="items">Read once, before the first item starts.</param>
    /// <param name="work">Called on the thread pool. It should end soon after its token fires.</param>
    /// <param name="options">Null is the defaults.</param>
    /// <param name="cancel">Cancels the job; the call then throws <see cref="OperationCanceledException"/>.</param>
    /// <returns>A result an item, in their order; failures are values.</returns>
    /// <exception cref="InvalidOperationException">Durable was asked for without a home.</exception>
    Task<ForEachResult<TResult>> ForEachAsync<TItem, TResult>(
        IEnumerable<TItem> items,
        Func<TItem, CancellationToken, ValueTask<TResult>> work,
        ForEachOptions? options = null,
        CancellationToken cancel = default);

    /// <summary>Runs a plan to its end.</summary>
    /// <param name="plan">YAML or JSON, as `amoeba schema` describes it.</param>
    /// <param name="options">Null is the defaults.</param>
    /// <param name="cancel">Cancels the job; the call then throws <see cref="OperationCanceledException"/>.</param>
    /// <returns>
    /// What became of it. Failed tasks, a spent budget and a question that nobody answered are no exceptions: look at
    /// <see cref="JobResult.State"/> and <see cref="JobResult.Reason"/>.
    /// </returns>
    /// <exception cref="Plans.PlanException">The plan cannot run as it is; nothing ran.</exception>
    /// <exception cref="Hosting.MachineLacksException">Something it names is missing here; nothing ran.</exception>
    Task<JobResult> RunAsync(string plan, RunOptions? options = null, CancellationToken cancel = default);

    /// <summary>
    /// Goes on with a job that was interrupted: by a crash, by a stop, or at its budget. What is done stays done. One
    /// that has ended is given as it is. Needs <see cref="AmoebaOptions.Home"/>.
    /// </summary>
    /// <param name="job">Its id.</param>
    /// <param name="budget">What it may use from its first start on; null leaves the budget it has.</param>
    /// <param name="cancel">Cancels the job; the call then throws <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="InvalidOperationException">There is no home.</exception>
    /// <exception cref="Plans.PlanException">There is no such job.</exception>
    /// <exception cref="Hosting.JobBusyException">Another living process runs it.</exception>
    Task<JobResult> ResumeAsync(string job, JobBudget? budget = null, CancellationToken cancel = default);
}

/// <summary>What became of a plan.</summary>
/// <param name="Job">The job's id.</param>
/// <param name="State">
/// Succeeded or failed; interrupted where its budget was spent; awaiting approval where it would spend money and
/// <see cref="RunOptions.Approve"/> did not allow it.
/// </param>
/// <param name="Output">The merged output.</param>
/// <param name="Tasks">A result a task, in plan order.</param>
public sealed record JobResult(string Job, JobState State, ReadOnlyMemory<byte> Output, IReadOnlyList<TaskResult> Tasks)
{
    /// <summary>Tokens its calls of models read and wrote together, those of failed attempts included.</summary>
    public long Tokens => Used.Total;

    /// <summary>The same by what they were used for.</summary>
    public TokenUse Used { get; init; }

    /// <summary>What they cost in US dollars, as far as prices are known.</summary>
    public decimal CostUsd { get; init; }

    /// <summary>How long it ran; waiting for a person is not counted.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>
    /// Why it is as it is, for a person, such as that it stopped at its budget; null where nothing is to be said.
    /// </summary>
    public string? Reason { get; init; }

    /// <summary>The merged output as UTF-8 text.</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Output.Span);
}

/// <summary>What became of one task.</summary>
/// <param name="Task">Its id in the plan.</param>
/// <param name="Index">Its item's place among that task's items.</param>
/// <param name="State">How it ended.</param>
/// <param name="Output">What it gave.</param>
/// <param name="Error">What went wrong; null where nothing did.</param>
/// <param name="Attempts">Tries it took.</param>
public sealed record TaskResult(
    string Task, int Index, TaskState State, ReadOnlyMemory<byte> Output, string? Error, int Attempts)
{
    /// <summary>Tokens its last attempt read and wrote together.</summary>
    public long Tokens => Used.Total;

    /// <summary>The same by what they were used for.</summary>
    public TokenUse Used { get; init; }

    /// <summary>What that cost in US dollars, as far as the price is known.</summary>
    public decimal CostUsd { get; init; }

    /// <summary>The output as UTF-8 text.</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Output.Span);
}
