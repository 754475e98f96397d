using Amoeba.Plans;

namespace Amoeba.Tests.Plans;

public sealed class BudgetWordsTests
{
    [Fact]
    public void Off_takes_a_part_off_and_leaves_the_others()
    {
        var over = BudgetWords.Read("tokens=5,cost_usd=1,time=2h,memory=1GB", BudgetSpec.None);
        Assert.Equal(over with { Tokens = null, Time = null }, BudgetWords.Read("tokens=off,time=off", over));
        Assert.Equal(BudgetSpec.None, BudgetWords.Read("tokens=off,cost_usd=off,time=off,memory=off", over));
    }

    [Fact]
    public void What_is_named_replaces_and_the_rest_stays()
    {
        var budget = BudgetWords.Read("tokens=600000, time=2h", new BudgetSpec(1, 2.5m, null, 1 << 30));
        Assert.Equal(new BudgetSpec(600_000, 2.5m, TimeSpan.FromHours(2), 1 << 30), budget);
        Assert.Equal(budget, BudgetWords.Read(BudgetWords.Write(budget), BudgetSpec.None));
    }

    [Theory]
    [InlineData("token=5", "did you mean tokens?")]
    [InlineData("tokens", "is no tokens")]
    [InlineData("tokens=-1", "is no tokens")]
    [InlineData("time=0", "is no time")]
    [InlineData("cost_usd=1e3", "is no cost_usd")]
    [InlineData("memory=much", "is no memory")]
    public void A_wrong_budget_is_said(string text, string why) => Assert.Contains(
        why, Assert.Throws<PlanException>(() => BudgetWords.Read(text, BudgetSpec.None)).Message,
        StringComparison.Ordinal);
}
