using Amoeba.Engine.Ports;
using Amoeba.Stores;
using FsCheck;
using FsCheck.Fluent;

namespace Amoeba.Tests.Stores;

public sealed class LeaseShareTests
{
    [Theory]
    [InlineData(10, new long[] { 20 }, new long[] { 10 })]
    [InlineData(10, new long[] { 20, 20, 20 }, new long[] { 4, 3, 3 })]
    [InlineData(10, new long[] { 2, 20, 5 }, new long[] { 2, 4, 4 })]
    [InlineData(10, new long[] { 1, 2, 3 }, new long[] { 1, 2, 3 })]
    [InlineData(0, new long[] { 1, 2 }, new long[] { 0, 0 })]
    public void Shares_are_max_min_fair(long cap, long[] wants, long[] shares)
    {
        var named = wants.Select((want, i) => ($"p{i}", want)).ToList();
        Assert.Equal(shares, wants.Select((_, i) => LeaseShare.FairShare($"p{i}", named, cap)));
    }

    [Fact]
    public void Whoever_asks_in_whatever_order_the_sum_stays_under_the_cap()
    {
        var asks = Gen.Choose(0, 4).Zip(Gen.Choose(0, 30)).Zip(Gen.Choose(0, 10)).ListOf();
        Check.QuickThrowOnFailure(Prop.ForAll(asks.ToArbitrary(), list =>
        {
            var holdings = new Dictionary<string, LeaseHolding>();
            foreach (var ((parent, want), used) in list)
            {
                var name = $"p{parent}";
                var before = holdings.GetValueOrDefault(name).Granted.Heavy;
                var wanted = new LeaseWant(new Lease(0, want, 0, 0), new Lease(0, Math.Min(used, before), 0, 0));
                var others = holdings.Values.Where(holding => holding.Parent != name).ToList();
                var (may, held) = LeaseShare.Grant(name, wanted, others, new Lease(0, 10, 0, 0));
                holdings[name] = new LeaseHolding(name, wanted, held);
                if (held.Heavy < wanted.InUse.Heavy || may.Heavy > held.Heavy
                    || holdings.Values.Sum(holding => holding.Granted.Heavy) > 10)
                    return false;
            }

            return true;
        }));
    }
}
