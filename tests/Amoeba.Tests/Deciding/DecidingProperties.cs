using Amoeba.Deciding;
using Amoeba.Plans;
using FsCheck;
using FsCheck.Fluent;

namespace Amoeba.Tests.Deciding;

public sealed class DecidingProperties
{
    private const double Tiny = 1e-6;

    [Fact]
    public void Playing_segments_agrees_with_playing_task_by_task() =>
        Holds(Some.Stages, Gen.Choose(1, 9), Gen.Choose(1, 8), (stages, width, halves) =>
        {
            var plain = PlainSchedule.Seconds(stages, halves / 2.0, width);
            var played = Schedule.Play(new Workload(stages, ignoreAssumedCpu: false), halves / 2.0, width).Seconds;
            Assert.Equal(plain, played, Tiny * (1 + plain));
        });

    [Fact]
    public void A_makespan_lies_between_the_bounds_of_Graham() =>
        Holds(Some.Waits, Gen.Choose(1, 14), Gen.Constant(0), (stage, width, _) =>
        {
            var work = new Workload([stage], ignoreAssumedCpu: false);
            var longest = work.Segments[0][0].Seconds;
            var seconds = Schedule.Play(work, 2, width).Seconds;
            Assert.True(seconds >= Math.Max(work.TotalSeconds / width, longest) - Tiny);
            Assert.True(seconds <= work.TotalSeconds / width + longest * (1 - 1.0 / width) + Tiny);
        });

    [Fact]
    public void More_children_never_make_tasks_that_only_wait_end_later() =>
        Holds(Some.Waits, Gen.Choose(1, 14), Gen.Constant(0), (stage, width, _) =>
        {
            var work = new Workload([stage], ignoreAssumedCpu: false);
            Assert.True(Schedule.Play(work, 2, width + 1).Seconds <= Schedule.Play(work, 2, width).Seconds + Tiny);
        });

    [Fact]
    public void A_decision_keeps_to_every_cap() => HoldsForJobs(job =>
    {
        var decision = Decider.Decide(job);
        var machine = job.Machine;
        Assert.True(decision.Children >= 1);
        Assert.Equal(decision.Children > 1, decision.Split);
        if (!decision.Split)
            return;
        Assert.True(decision.Children <= (CellCosts.IsHeavy(decision.Cell) ? machine.Heavy : machine.Light));
        Assert.True(decision.Children <= (job.Wish ?? int.MaxValue));
        Assert.True(decision.Children <= job.Stages.Sum(stage => stage.Tasks));
        Assert.True(decision.MemoryBytes <= Math.Min(machine.Memory, machine.FreeMemory - machine.ReservedMemory));
        if (job.Stages.All(stage => stage.Program))
            Assert.True(decision.Children <= machine.Programs);
        Assert.NotEqual("danger", machine.Zone);
        Assert.NotEqual(Strategy.Sequential, job.Strategy);
    });

    [Fact]
    public void A_gain_is_a_share_and_follows_from_the_seconds() => HoldsForJobs(job =>
    {
        var decision = Decider.Decide(job);
        Assert.InRange(decision.Gain, 0, 1);
        if (decision.Split && decision.SequentialSeconds > 0)
            Assert.Equal(
                Math.Max(0, 1 - decision.ParallelSeconds / decision.SequentialSeconds), decision.Gain, Tiny);
        if (!decision.Split)
            Assert.Equal(decision.SequentialSeconds, decision.ParallelSeconds);
    });

    [Fact]
    public void Without_a_wish_no_split_gains_under_the_threshold() => HoldsForJobs(job =>
    {
        var decision = Decider.Decide(job with { Wish = null, Strategy = Strategy.Auto });
        var threshold = CellCosts.IsHeavy(decision.Cell) ? job.GainHeavy : job.GainLight;
        Assert.True(!decision.Split || decision.Gain >= threshold - 0.005);
    });

    [Fact]
    public void The_number_is_the_smallest_within_five_percent_of_the_best() => HoldsForJobs(job =>
    {
        var open = job with { Wish = null, Strategy = Strategy.Auto, Machine = job.Machine with { Zone = "off" } };
        var decision = Decider.Decide(open);
        if (!decision.Split)
            return;
        var question = new Question(open);
        var seconds = Enumerable.Range(1, question.Most).Select(question.Seconds).ToList();
        Assert.Equal(1 + seconds.FindIndex(value => value <= seconds.Min() * WidthSearch.Tolerance), decision.Children);
    });

    [Fact]
    public void Deciding_twice_gives_the_same() => HoldsForJobs(job =>
        Assert.Equal(DecisionJson.Write(Decider.Decide(job)), DecisionJson.Write(Decider.Decide(job))));

    [Fact]
    public void A_decision_is_read_as_it_was_written() => HoldsForJobs(job =>
    {
        var json = DecisionJson.Write(Decider.Decide(job));
        Assert.Equal(json, DecisionJson.Write(DecisionJson.Read(json)));
    });

    [Fact]
    public void Every_decision_says_why_in_whole_sentences() => HoldsForJobs(job =>
    {
        var reasons = Decider.Decide(job).Reasons;
        Assert.NotEmpty(reasons);
        Assert.All(reasons, reason => Assert.Matches(@"^[A-Z0-9].*[.]$", reason));
    });

    private static void HoldsForJobs(Action<DecisionInput> check) =>
        Prop.ForAll(Some.Jobs.ToArbitrary(), check).QuickCheckThrowOnFailure();

    private static void Holds<T>(Gen<T> things, Gen<int> first, Gen<int> second, Action<T, int, int> check)
    {
        var cases = from thing in things from one in first from two in second select (thing, one, two);
        Prop.ForAll(cases.ToArbitrary(), given => check(given.thing, given.one, given.two)).QuickCheckThrowOnFailure();
    }
}
