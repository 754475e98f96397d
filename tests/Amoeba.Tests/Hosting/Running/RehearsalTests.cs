using Amoeba.Hosting.Running;
using Amoeba.Jobs;

namespace Amoeba.Tests.Hosting.Running;

public sealed class RehearsalTests
{
    /// <summary>At a start whatever goes wrong in it is swallowed: only here would it be seen.</summary>
    [Fact]
    public async Task The_rehearsal_plays_its_job_to_the_end() =>
        Assert.Equal(JobState.Failed, await Task.Run(Rehearsal.Play).WaitAsync(
            TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
}
