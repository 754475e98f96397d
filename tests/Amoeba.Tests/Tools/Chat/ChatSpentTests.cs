using Amoeba.Engine.Records;
using Amoeba.Tools.Chat;
using Microsoft.Extensions.AI;

namespace Amoeba.Tests.Tools.Chat;

public sealed class ChatSpentTests
{
    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(-1L)]
    [InlineData(null)]
    public void A_count_that_cannot_be_is_not_believed(long? count)
    {
        var spent = new ChatSpent();
        var usage = new UsageDetails
        {
            InputTokenCount = count,
            OutputTokenCount = count,
            CachedInputTokenCount = count,
            ReasoningTokenCount = count,
        };
        Assert.Equal(9, spent.Add(usage, input: 7, written: 8, whole: true));
        Assert.Equal(new TokenCounts(7, 2, 0, 0), spent.Tokens);
        Assert.True(spent.IsEstimated);
    }

    [Fact]
    public void What_the_server_counted_goes_before_a_guess()
    {
        var spent = new ChatSpent();
        var usage =
            new UsageDetails
            {
                InputTokenCount = 100,
                CachedInputTokenCount = 60,
                OutputTokenCount = 20,
                ReasoningTokenCount = 5
            };
        Assert.Equal(120, spent.Add(usage, input: 7, written: 8, whole: true));
        Assert.Equal(new TokenCounts(40, 20, 60, 5), spent.Tokens);
        Assert.False(spent.IsEstimated);
    }
}
