using Amoeba.Cells;

namespace Amoeba.Tests.Cells;

public sealed class AttemptErrorTests
{
    [Theory]
    [InlineData(0.001, "1 ms")]
    [InlineData(0.05, "50 ms")]
    [InlineData(0.5, "0.5 s")]
    [InlineData(30, "30 s")]
    [InlineData(90, "1.5 m")]
    [InlineData(7200, "2 h")]
    public void A_limit_is_told_in_the_unit_that_shows_it(double seconds, string told) =>
        Assert.Equal(told, AttemptErrors.Duration(TimeSpan.FromSeconds(seconds)));
}
