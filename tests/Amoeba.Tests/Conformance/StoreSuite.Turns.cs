using Amoeba.Jobs;

namespace Amoeba.Tests.Conformance;

/// <summary>The pace at which all parents of a store start heavy children.</summary>
public abstract partial class StoreSuite
{
    private static readonly SpawnPace FiveAMinute = SpawnPace.PerMinute(5), TenASecond = SpawnPace.PerSecond(10);

    private double[] Take(PacedKind kind, int wanted, SpawnPace pace, double seconds) =>
        [.. Store.TakeTurns(kind, wanted, pace, Rows.Noon.AddSeconds(seconds))
            .Select(at => (at - Rows.Noon).TotalSeconds)];

    [Fact]
    public void As_many_containers_as_a_minute_has_may_start_at_once_and_no_more_whoever_asks()
    {
        Assert.Equal([0, 0, 0], Take(PacedKind.Docker, 3, FiveAMinute, 0));
        Assert.Equal([1, 1], Take(PacedKind.Docker, 9, FiveAMinute, 1)); // what is left of this minute
        Assert.Equal([60], Take(PacedKind.Docker, 9, FiveAMinute, 2)); // one ahead, so that others have one, too
        Assert.Equal([60], Take(PacedKind.Docker, 9, FiveAMinute, 2));
        Assert.Equal([60], Take(PacedKind.Docker, 9, FiveAMinute, 60));
        Assert.Equal([61], Take(PacedKind.Docker, 9, FiveAMinute, 60.1));
        Assert.Equal([0], Take(PacedKind.Heavy, 1, TenASecond, 0)); // the other kinds have a line of their own
    }

    [Fact]
    public void Other_heavy_children_start_one_after_another_and_half_a_second_of_them_is_given_at_once()
    {
        Assert.Equal([0, 0.1, 0.2, 0.3, 0.4, 0.5], Take(PacedKind.Heavy, 20, TenASecond, 0));
        Assert.Equal([0.6], Take(PacedKind.Heavy, 20, TenASecond, 0));
        Assert.Equal([0.7, 0.8], Take(PacedKind.Heavy, 2, TenASecond, 0.3));
        Assert.Equal([3], Take(PacedKind.Heavy, 1, TenASecond, 3));
    }

    [Fact]
    public void In_no_period_are_there_more_turns_than_the_pace_has()
    {
        var pace = SpawnPace.PerMinute(7);
        var all = new List<double>();
        for (var (ask, now) = (0, 0.0); ask < 200; now += ask++ % 7 * 1.7)
            all.AddRange(Take(PacedKind.Docker, 1 + ask % 4, pace, now));
        all.Sort();
        Assert.InRange(all.Count, 50, 200);
        for (var i = pace.Most; i < all.Count; i++)
            Assert.True(all[i] - all[i - pace.Most] >= 59.99999, $"{all[i - pace.Most]}, {all[i]}");
    }

    [Fact]
    public void The_line_is_never_longer_than_two_periods_and_ten_seconds()
    {
        for (var i = 0; i < 15; i++) Assert.Single(Take(PacedKind.Docker, 1, FiveAMinute, 0));
        Assert.Empty(Take(PacedKind.Docker, 1, FiveAMinute, 0));
        Assert.Equal([180], Take(PacedKind.Docker, 1, FiveAMinute, 55));
    }

    [Fact]
    public void A_clock_that_was_put_back_holds_up_nobody_for_long()
    {
        Assert.Equal([7200], Take(PacedKind.Heavy, 1, TenASecond, 7200));
        Assert.Equal([0], Take(PacedKind.Heavy, 1, TenASecond, 0));
        Assert.Equal([0.1], Take(PacedKind.Heavy, 1, TenASecond, 0));
    }

    [Fact]
    public void What_a_parent_that_is_gone_has_started_counts_on()
    {
        Store.AddParent(Rows.Parent("a"));
        Assert.Equal(5, Take(PacedKind.Docker, 5, FiveAMinute, 0).Length);
        Store.RemoveParent("a");
        Assert.Equal([60], Take(PacedKind.Docker, 5, FiveAMinute, 1));
    }
}
