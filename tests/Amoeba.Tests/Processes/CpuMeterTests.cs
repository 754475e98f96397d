using Amoeba.Processes;

namespace Amoeba.Tests.Processes;

public sealed class CpuMeterTests
{
    private readonly CpuMeter _meter = new();

    [Fact]
    public void A_burst_passes_and_a_whole_window_over_the_limit_does_not()
    {
        // 2 processors for 2 s, then none: 0.8 on average.
        Assert.Null(Read(0, 0));
        Assert.Null(Read(2, 400));
        Assert.Null(Read(5, 400));
        // 1.5 processors from now on.
        Assert.Null(Read(6, 550));
        Assert.Equal(1200, Read(10, 1150 - 150));
    }

    [Fact]
    public void A_tree_at_its_limit_is_left_alone()
    {
        for (var second = 0; second < 60; second++) Assert.Null(Read(second, second * 100));
    }

    [Fact]
    public void Processes_that_end_between_two_looks_count_once()
    {
        Assert.Null(Read(0, 0));
        Assert.Null(Read(1, 90));
        // Half of it is gone for one look: a child has ended and its parent has not waited for it yet.
        Assert.Null(Read(2, 45));
        Assert.Null(Read(3, 200));
        Assert.Null(Read(5, 500));
        Assert.Null(Read(6, 545));
    }

    [Fact]
    public void Orphans_that_ended_count_too()
    {
        _meter.Read(TimeSpan.Zero, [], TimeSpan.Zero);
        Assert.Equal(1000, _meter.Read(TimeSpan.FromSeconds(5), [], TimeSpan.FromSeconds(5)).Average);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(500, false)] // all that is allowed
    [InlineData(511, true)]
    public void It_is_near_when_what_a_window_allows_is_used_up_before_that_has_passed(int ticks, bool isNear)
    {
        Use(0, 0);
        var use = Use(3, ticks);
        Assert.Equal((isNear, false), (use.IsNear(1), use.IsOver(1)));
        // It is spent, and nothing was used after it.
        Assert.Equal(isNear, Use(5, ticks).IsNear(1));
        Assert.False(Use(9, ticks).IsNear(1));
    }

    private long? Read(int second, long ticks) => Use(second, ticks) is var use && use.IsOver(1) ? use.Average : null;

    private CpuUse Use(int second, long ticks) => _meter.Read(
        TimeSpan.FromSeconds(second),
        [new ProcessStat(1, 'R', 0, 1, 1, ticks / 2, 1, 1) { WaitedTicks = ticks - (ticks / 2) }], TimeSpan.Zero);
}
