using Amoeba.Deciding;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Tests.Deciding;

public sealed class CorrectionTests
{
    private static readonly DecisionInput Assumed = Given.Job(null, Given.Stage(500, 1, tool: "run", from: "assumed"));

    [Fact]
    public void Programs_that_only_wait_get_more_children()
    {
        Assert.Equal(4, Decider.Decide(Assumed).Children);

        var corrected = Correction.Of(Assumed, 4, [new StageResults(0, 8, 3, 0.01, CpuSeconds: 0.003)]);

        Assert.NotNull(corrected);
        Assert.InRange(corrected.Children, 30, 32);
        Assert.Equal(1500, corrected.SequentialSeconds, 1);
        Assert.Equal("measured", corrected.Input.Stages[0].SecondsFrom);
        Assert.StartsWith(
            $"From 4 to {corrected.Children} at a time after the first 8 results: a task took about 3.0 s where 1.0 s "
            + "was expected, 3 ms of it computing.", corrected.Reasons[0]);
    }

    [Fact]
    public void What_was_expected_changes_nothing() =>
        Assert.Null(Correction.Of(Assumed, 4, [new StageResults(0, 8, 1, 0.01, CpuSeconds: 0.5)]));

    [Fact]
    public void A_crowded_machine_is_not_crowded_more_nor_less() =>
        Assert.Null(Correction.Of(Assumed, 4, [new StageResults(0, 8, 2, 0.01, CpuSeconds: 1)]));

    [Fact]
    public void Tasks_that_need_more_memory_than_expected_get_fewer_children()
    {
        var corrected = Correction.Of(Assumed, 4, [new StageResults(0, 8, 1, 0.01, 0.5, PeakMemory: 1L << 30)]);

        Assert.Equal(2, corrected?.Children);
        Assert.True(corrected!.MemoryBytes <= Given.Machine.Memory);
    }

    [Fact]
    public void A_wish_is_not_corrected()
    {
        var results = new[] { new StageResults(0, 8, 30, 0, CpuSeconds: 0.01) };

        Assert.Null(Correction.Of(Assumed with { Wish = 4 }, 4, results));
        Assert.Null(Correction.Of(Assumed with { Strategy = Strategy.Sequential }, 1, results));
    }

    [Fact]
    public void Too_few_results_say_nothing() =>
        Assert.Null(Correction.Of(Assumed, 4, [new StageResults(0, 7, 30, 0, CpuSeconds: 0.01)]));

    [Fact]
    public void Results_that_scatter_too_widely_say_nothing()
    {
        var job = Given.Job(null, Given.Stage(64, 0.0001)) with { Cell = CellKind.Process };
        Assert.False(Decider.Decide(job).Split);

        Assert.Null(Correction.Of(job, 1, [new StageResults(0, 8, 0.05, 0.02)]));
        Assert.NotNull(Correction.Of(job, 1, [new StageResults(0, 8, 0.05, 0.00001)]));
    }

    [Fact]
    public void When_little_is_left_nothing_is_changed() =>
        Assert.Null(Correction.Of(Assumed, 4, [new StageResults(0, 497, 3, 0.01, CpuSeconds: 0.003)]));

    [Fact]
    public void A_job_is_corrected_twice_at_most() =>
        Assert.Equal([8, 64], Enumerable.Range(0, 10_000).Where(results => Correction.IsDue(results)));
}
