using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;

namespace Amoeba.Benchmarks;

/// <summary>A job from handing it in to its end.</summary>
internal static class EngineRun
{
    public static Task<double> SecondsAsync(Parent parent, Submission job, CancellationToken cancel) =>
        BenchRoom.SecondsAsync(() => DoAsync(parent, job, cancel));

    /// <returns>The job's id.</returns>
    /// <exception cref="InvalidOperationException">It did not succeed: then there is nothing to measure.</exception>
    public static async Task<string> DoAsync(Parent parent, Submission job, CancellationToken cancel)
    {
        var accepted = await parent.SubmitAsync(job, cancel);
        var state = await parent.WhenSettledAsync(accepted.Job, cancel);
        return state == JobState.Succeeded
            ? accepted.Job
            : throw new InvalidOperationException($"the measured job ended as {Names.Of(state)}");
    }
}
