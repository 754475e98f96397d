using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Hosting;

/// <summary>
/// What gets nothing done is ended and run elsewhere, what only takes long is not; in real time, as it is the point.
/// </summary>
[Collection("cells")]
public sealed class StallJobTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("amoeba-stall-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => TempFolder.Remove(_home);

    /// <param name="cell">Where.</param>
    /// <param name="stall">
    /// Seconds; of a detached worker's errors the parent hears by its beats, the first of which comes late on a loaded
    /// machine.
    /// </param>
    /// <param name="steps">How many steps of less than half a second make what is slow take longer than that.</param>
    [Theory(Timeout = 120_000)]
    [InlineData("thread", 4, 12)]
    [InlineData("process", 4, 12)]
    [InlineData("detached", 16, 45)]
    public async Task A_stuck_program_is_ended_and_its_task_done_by_another_child(string cell, int stall, int steps)
    {
        await using var parent = Open();
        var accepted = await parent.SubmitAsync(Job($$"""
            { "name": "n", "cell": "{{cell}}", "each": ["stuck", "slow"], "children": 2,
              "do": { "sh": "if [ $AMOEBA_ITEM = slow ]; then for i in $(seq {{steps}}); do sleep 0.4; echo $i >&2; done; elif [ ! -e once ]; then touch once; echo begun; exec sleep 300; fi; echo done" },
              "limits": { "stall": "{{stall}}s" } }
            """), Cancel);
        Assert.Equal(JobState.Succeeded, await parent.WhenSettledAsync(accepted.Job, Cancel));
        var rows = parent.Store.ReadTasks(accepted.Job, 0, 2);
        Assert.Equal([2, 1], rows.Select(row => row.Attempt));
    }

    [Fact(Timeout = 120_000)]
    public async Task One_that_is_always_stuck_fails_with_the_reason_and_its_figures()
    {
        await using var parent = Open();
        var accepted = await parent.SubmitAsync(Job("""
            { "name": "n", "each": ["x"], "do": { "sh": "echo begun; exec sleep 300" }, "limits": { "stall": "2s", "retries": 0 } }
            """), Cancel);
        Assert.Equal(JobState.Failed, await parent.WhenSettledAsync(accepted.Job, Cancel));
        var row = parent.Store.FindTask(accepted.Job, 0)!;
        Assert.Matches(@"^stall: no progress for \d+(\.\d)? s, 6 bytes before \(limits\.stall\)$", row.Error);
        Assert.Equal("begun\n"u8.ToArray(), row.Output.Inline.ToArray());
    }

    private Submission Job(string plan) =>
        new() { Plan = PlanReader.Read(plan, "test"), Folder = _home, Yes = true, By = "test" };

    private Parent Open() => Parent.Open(new ParentOptions
    {
        Home = Path.Combine(_home, "home"),
        Environment = EnvironmentBuilder.OfThisProcess(),
    });
}
