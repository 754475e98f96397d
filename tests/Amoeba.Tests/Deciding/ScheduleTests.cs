using Amoeba.Deciding;
using Amoeba.Jobs;

namespace Amoeba.Tests.Deciding;

public sealed class ScheduleTests
{
    [Fact]
    public void Many_tasks_that_all_differ_are_grouped_without_losing_a_second()
    {
        var seconds = Enumerable.Range(1, 5000).Select(n => (float)(n % 97 + n * 0.001)).ToArray();
        var stage = Given.Stage(5000, 1) with { EachSeconds = seconds };
        var work = new Workload([stage], ignoreAssumedCpu: false);

        Assert.InRange(work.SegmentCount, 1000, 1200);
        Assert.Equal(seconds.Sum(value => (double)value), work.TotalSeconds, 0.01);
        var plain = PlainSchedule.Seconds([stage], 2, 16);
        Assert.InRange(Schedule.Play(work, 2, 16).Seconds, plain * 0.995, plain * 1.005);
    }

    [Fact]
    public void Heavy_children_work_as_soon_as_each_is_there()
    {
        var work = new Workload([Given.Stage(6, 10)], ignoreAssumedCpu: false);

        // Up at 1, 13 and 25 s: one starts tasks at 1, 11 and 21, one at 13 and 23, one the last at 25.
        Assert.Equal(35, Schedule.Play(work, 2, 3, start: 1, interval: 12).Seconds, 1e-9);
    }

    [Fact]
    public void Containers_start_as_many_at_once_as_a_minute_has()
    {
        var work = new Workload([Given.Stage(7, 100)], ignoreAssumedCpu: false);
        Assert.Equal(161, Schedule.Play(work, 2, 7, start: 1, interval: 60, together: 5).Seconds, 1e-9);
        Assert.Equal((5, 60), (SpawnPace.PerMinute(5).Most, SpawnPace.PerMinute(5).Period.TotalSeconds));
        Assert.Equal((2, 48), (SpawnPace.PerMinute(2.5).Most, SpawnPace.PerMinute(2.5).Period.TotalSeconds));
    }

    [Fact]
    public void Where_each_attempt_starts_a_worker_it_takes_its_seconds_and_keeps_the_pace_of_starts()
    {
        var detached = Given.Job(4, Given.Stage(100, 2)) with { Cell = CellKind.Detached };
        var decision = Decider.Decide(detached);

        // A quarter of a second before each; the fourth child has its turn 0.3 s after the first.
        Assert.Equal(100 * 2.25, decision.SequentialSeconds, 1e-9);
        Assert.Equal(25 * 2.25 + 0.3, decision.ParallelSeconds, 1e-9);
        Assert.Equal(200, new Question(detached).Work.TotalSeconds, 1e-9); // which is what is said of the tasks

        // Short ones are not sooner done than they can be started: ten in a second.
        var brief = Decider.Decide(detached with { Stages = [Given.Stage(101, 0.05)], Wish = 10 });
        Assert.Equal(10 + 0.25 + 0.05, brief.ParallelSeconds, 1e-9);
        Assert.Equal(101 * 0.3, brief.SequentialSeconds, 1e-9);
    }

    [Fact]
    public void Tasks_that_compute_slow_each_other_down_and_leave_those_that_wait_alone()
    {
        var computing = Given.Stage(4, 10, "computing") with { CpuShare = 1, CpuAssumed = false };
        var waiting = Given.Stage(1, 15, "waiting");
        var work = new Workload([computing, waiting], ignoreAssumedCpu: true);

        Assert.Equal(20, Schedule.Play(work, 2, 5).Seconds, 1e-9);
        Assert.Equal(40, Schedule.Play(work, 1, 5).Seconds, 1e-9);
        Assert.Equal(15, Schedule.Play(work, 8, 5).Seconds, 1e-9);
    }

    [Fact]
    public void What_is_ready_at_once_is_counted_along_the_needs()
    {
        Assert.Equal(0, Breadth.Of(new Workload([], ignoreAssumedCpu: true)));
        Assert.Equal(7, Breadth.Of(new Workload([Given.Stage(7, 1)], ignoreAssumedCpu: true)));
        Assert.Equal(5, Breadth.Of(new Workload(
            [Given.Stage(1, 1, "a"), Given.Stage(0, 1, "none", needs: 0), Given.Stage(5, 1, "b", needs: 1),
                Given.Stage(1, 1, "c", needs: 2)], ignoreAssumedCpu: true)));
    }

    [Fact]
    public void Ten_thousand_empty_stages_in_a_row_are_no_trouble()
    {
        var stages = Enumerable.Range(0, 10_000).Select(n => Given.Stage(0, 1, $"s{n}", needs: n == 0 ? [] : [n - 1]));

        Assert.Equal(0, Schedule.Play(new Workload([.. stages], ignoreAssumedCpu: true), 2, 4).Seconds);
    }
}
