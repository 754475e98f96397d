using Amoeba.Engine.Ports;
using Amoeba.Stores;
using FsCheck;
using FsCheck.Fluent;

namespace Amoeba.Tests.Stores;

public sealed class LeaseShareTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(10, new long[] { 20 }, new long[] { 10 })]
    [InlineData(10, new long[] { 20, 20, 20 }, new long[] { 4, 3, 3 })]
    [InlineData(10, new long[] { 2, 20, 5 }, new long[] { 2, 4, 4 })]
    [InlineData(10, new long[] { 1, 2, 3 }, new long[] { 1, 2, 3 })]
    [InlineData(0, new long[] { 1, 2 }, new long[] { 0, 0 })]
    public void Shares_are_max_min_fair(long cap, long[] wants, long[] shares) =>
        Assert.Equal(shares, LeaseShare.Divide([.. wants.Select(want => new LeaseShare.Demand(want, 0))], cap));

    [Theory]
    [InlineData(new long[] { 6, 6 }, new long[] { 10, 0 })]
    [InlineData(new long[] { 6, 6, 4 }, new long[] { 6, 0, 4 })]
    [InlineData(new long[] { 6, 1, 1 }, new long[] { 6, 2, 2 })]
    [InlineData(new long[] { 11, 1 }, new long[] { 0, 10 })]
    [InlineData(new long[] { 1, 1, 1 }, new long[] { 4, 3, 3 })]
    public void The_least_is_set_apart_in_order_and_whole_or_not_at_all(long[] leasts, long[] shares) =>
        Assert.Equal(shares, LeaseShare.Divide([.. leasts.Select(least => new LeaseShare.Demand(20, least))], 10));

    [Fact]
    public void Whoever_asks_in_whatever_order_the_sum_stays_under_the_cap()
    {
        var asks = Gen.Choose(0, 4).Zip(Gen.Choose(0, 30)).Zip(Gen.Choose(0, 10)).Zip(Gen.Choose(0, 12)).ListOf();
        Check.QuickThrowOnFailure(Prop.ForAll(asks.ToArbitrary(), list =>
        {
            var rows = new Dictionary<string, LeaseHolding>();
            var started = 0;
            foreach (var (((parent, want), used), least) in list)
            {
                var name = $"p{parent}";
                var before = rows.GetValueOrDefault(name)?.Granted.Heavy ?? 0;
                var wanted = new LeaseWant(
                    new(0, want, 0, 0), new(0, Math.Min(used, before), 0, 0),
                    new(0, want == 0 ? 0 : least, 0, 0), started++);
                var (may, row) = LeaseShare.Grant(
                    name, wanted, [.. rows.Values], new Lease(0, 10, 0, 0), Noon.AddSeconds(started));
                rows[name] = row;
                if (row.Granted.Heavy < wanted.InUse.Heavy || may.Heavy > row.Granted.Heavy
                    || rows.Values.Sum(holding => holding.Granted.Heavy) > 10)
                    return false;
            }

            return true;
        }));
    }

    /// <summary>
    /// The one in front starts one light task after another while its program waits for somebody else's, and with what
    /// was set apart for these a third one could start its own.
    /// </summary>
    [Fact]
    public void Who_starts_something_while_its_program_waits_has_had_its_turn()
    {
        var rows = new Dictionary<string, LeaseHolding>();
        var (caps, program, now) = (new Lease(8, 0, 1, 100), new Lease(0, 0, 1, 0), Noon);
        Assert.Equal(1, Ask("q", program, default, program, 0).Programs);
        var starts = new List<string>();
        for (var round = 0; round < 20; round++)
        {
            now += TimeSpan.FromMilliseconds(100);
            Ask("q", program, program, default, 1);
            StartOne("p", new(1, 0, 1, 100), new(1, 0, 1, 50));
            StartOne("r", new(1, 0, 0, 60), new(1, 0, 0, 60));
        }

        Assert.Equal(["p", "r", "p", "r", "p", "r"], starts.Take(6));

        void StartOne(string parent, Lease wanted, Lease least)
        {
            long Started() => starts.LongCount(start => start == parent);
            var may = Ask(parent, wanted, default, least, Started()); // what it started in the last round has ended
            if (may.Light == 0 || may.Memory < least.Memory)
                return;
            starts.Add(parent);
            Ask(parent, wanted, new(1, 0, 0, least.Memory), least, Started());
        }

        Lease Ask(string parent, Lease wanted, Lease inUse, Lease least, long started)
        {
            (var may, rows[parent]) = LeaseShare.Grant(
                parent, new LeaseWant(wanted, inUse, least, started), [.. rows.Values], caps, now);
            return may;
        }
    }

    /// <summary>As long as nobody lacks what these take, for who waits for a program too could not use it.</summary>
    [Fact]
    public void Who_starts_something_while_its_program_waits_keeps_its_place_before_others_that_wait_for_one()
    {
        var rows = new Dictionary<string, LeaseHolding>();
        var (caps, program) = (new Lease(8, 0, 1, 100), new Lease(0, 0, 1, 0));
        Ask("q", program, default, program, 0);
        Ask("q", program, program, default, 1);
        for (var started = 0; started < 5; started++)
        {
            Ask("p", new(4, 0, 1, 100), new(1, 0, 0, 50), new(1, 0, 1, 50), started);
            Ask("r", program, default, program, 0);
        }

        Ask("q", default, default, default, 1);
        Assert.Equal(0, Ask("r", program, default, program, 0).Programs);
        Assert.Equal(1, Ask("p", new(4, 0, 1, 100), new(1, 0, 0, 50), new(1, 0, 1, 50), 5).Programs);

        Lease Ask(string parent, Lease wanted, Lease inUse, Lease least, long started)
        {
            (var may, rows[parent]) = LeaseShare.Grant(
                parent, new LeaseWant(wanted, inUse, least, started), [.. rows.Values], caps, Noon);
            return may;
        }
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void However_scarce_the_caps_are_everybody_starts_within_bounded_rounds(bool inSteps, bool programRuns)
    {
        for (var seed = 0; seed < (programRuns ? 300 : 1_000); seed++)
        {
            var crowd = new LeaseCrowd(seed, inSteps, programRuns);
            crowd.Play(rounds: 150);
            Assert.True(crowd.LongestWait <= crowd.Bound,
                $"seed {seed}: {crowd.LongestWait} rounds without a start, with {crowd.Bound} as the bound");
        }
    }
}
