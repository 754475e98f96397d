using Amoeba.Engine.Records;
using Amoeba.Hosting.Reading;
using Amoeba.Jobs;

namespace Amoeba.Tests.Hosting.Reading;

public sealed class GainTests
{
    private static readonly TimeZoneInfo East =
        TimeZoneInfo.CreateCustomTimeZone("east", TimeSpan.FromHours(10), "east", "east");

    [Fact]
    public void Figures_add_up_and_losses_are_not_hidden()
    {
        var sum = GainFigures.Of(
            [Job("a", "2026-01-01T00:00Z", 10, 4), Job("b", "2026-01-01T00:00Z", 1, 9, JobState.Failed)]);
        Assert.Equal((2, 1, 0), (sum.Jobs, sum.FailedJobs, sum.CancelledJobs));
        Assert.Equal((14, 10, 2, 4), (sum.Tasks, sum.Succeeded, sum.Failed, sum.Reused));
        Assert.Equal((11.0, 13.0, -2.0), (sum.TaskSeconds, sum.Seconds, sum.SavedSeconds));
        Assert.Equal(-0.02m, sum.Value(36), 9);
        Assert.Equal(new TokenCounts(2, 4, 6, 8), sum.Tokens);
        Assert.Equal((0.5m, 6), (sum.CostUsd, sum.Retries));
    }

    [Theory]
    [InlineData(0, 3, 0, 4)]
    [InlineData(1, 3, 0, 4)]
    [InlineData(3, 1, 3, 4)]
    [InlineData(2, 2, 0, 10)]
    public void What_failed_side_by_side_saved_nobody_time(int succeeded, int failed, int reused, double alone)
    {
        var job = Job("a", "2026-01-01T00:00Z", 10, 4, JobState.Failed) with
        {
            Counts = new TaskCounts(4, 0, succeeded, failed, 0, 0),
            Reused = reused,
        };
        Assert.Equal((alone, 4.0), (GainFigures.Of([job]).TaskSeconds, GainFigures.Of([job]).Seconds));
        Assert.Equal(3, GainFigures.Of([job with { TaskSeconds = 3 }]).TaskSeconds); // a loss stays one
    }

    [Theory]
    [InlineData("type", "a,b")]
    [InlineData("day", "2026-01-01,2026-02-28,2026-03-01")]
    [InlineData("week", "2026-W01,2026-W09")]
    [InlineData("month", "2026-01,2026-02,2026-03")]
    public void Jobs_are_put_together_by_type_or_by_the_periods_of_a_place(string by, string expected)
    {
        var groups = GainGrouping.Group(
            [
                Job("b", "2025-12-31T15:00Z", 1, 1),
                Job("a", "2026-01-01T13:59Z", 1, 1), Job("a", "2026-02-27T20:00Z", 1, 1),
                Job("a", "2026-02-28T14:00Z", 1, 1),
            ], by, East);
        Assert.Equal(expected, string.Join(',', groups.Select(group => group.Name)));
        Assert.Equal(4, groups.Sum(group => group.Figures.Jobs));
    }

    private static JobFigures Job(
        string type, string finished, double tasks, double seconds, JobState state = JobState.Succeeded) =>
        new(type, state, DateTimeOffset.Parse(finished, System.Globalization.CultureInfo.InvariantCulture),
            new TaskCounts(7, 0, 5, 1, 1, 0))
        {
            TaskSeconds = tasks,
            ActiveSeconds = seconds,
            Tokens = new TokenCounts(1, 2, 3, 4),
            CostUsd = 0.25m,
            Reused = 2,
            Retries = 3,
        };
}
