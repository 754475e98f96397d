using System.Text;
using Amoeba.Cli.Terminal;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Reading;
using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Tests.Cli;

public sealed class ProgressViewTests
{
    private static readonly Style Plain = new(on: false);

    private static readonly ProgressState Small = new()
    {
        Job = "k3f9x2",
        Name = "greet everyone",
        State = JobState.Running,
        Counts = new TaskCounts(10, 3, 4, 1, 0, 0),
        Width = 3,
        Seconds = 12.3,
        Rate = 0.41,
        Left = 12.2,
        Running =
        [
            new RunningTask("c1", "each[5]", "ann of the \e[31mred\e[0m house\nand her dog", 4.2),
            new RunningTask("c2", "each[6]", "bob", 0.9),
            new RunningTask("c3", "each[7]", "日本語の項目がここにあります", 0.05),
        ],
    };

    private static readonly ProgressState Large = Small with
    {
        Name = "ten thousand product texts",
        Counts = new TaskCounts(10_000, 256, 4_321, 12, 3, 0),
        Width = 256,
        Seconds = 3_723,
        Rate = 87.2,
        Left = 62,
        Running =
            [.. Enumerable.Range(0, 60)
                .Select(n => new RunningTask($"c{n}", $"each[{4400 + n}]", $"product number {n}", 60 - n))],
    };

    private static readonly DateTimeOffset Until = new(new DateTime(2026, 1, 2, 12, 3, 20, DateTimeKind.Local));

    private static readonly ProgressState Spending = Large with
    {
        Counts = new TaskCounts(10_000, 10, 4_321, 12, 3, 0),
        Running = [.. Large.Running.Take(3)],
        Usage = new Usage(new BudgetSpec(2_000_000, 5, null, null), new TokenCounts(700_000, 123_456, 0), 3.9m, 3_723),
        Waits =
            [
                new WaitView("quota local/m: 60 requests a minute", Until, 6, 6),
                new WaitView("host example.org", null, 1, 1)],
    };

    [Theory]
    [InlineData(40, 12)]
    [InlineData(80, 24)]
    [InlineData(120, 30)]
    [InlineData(20, 4)]
    public void Tokens_money_budget_and_waits_are_readable(int width, int height) =>
        Check("progress-spending", Spending, width, height);

    [Fact]
    public void A_plain_line_says_what_was_used_and_what_is_waited_for() => Assert.EndsWith(
        "; 823,456 tokens, $3.90, 78% of the budget used, 221 tokens/s; 6 wait for quota local/m until 12:03:20 "
        + "(60 requests a minute); 1 waits for host example.org",
        ProgressView.Plain(Spending), StringComparison.Ordinal);

    [Theory]
    [InlineData(40, 24)]
    [InlineData(80, 24)]
    [InlineData(200, 50)]
    [InlineData(20, 4)]
    public void Ten_tasks_are_readable(int width, int height) => Check("progress-10", Small, width, height);

    [Theory]
    [InlineData(40, 12)]
    [InlineData(80, 24)]
    [InlineData(200, 50)]
    [InlineData(20, 2)]
    public void Ten_thousand_tasks_are_readable(int width, int height) => Check("progress-10000", Large, width, height);

    [Fact]
    public void A_plain_line_says_the_same_in_one_line() => Assert.Equal(
        "k3f9x2: 5 of 10, 1 failed, about 12 s left, 25/min, 12 s",
        ProgressView.Plain(Small));

    [Fact]
    public void A_paused_job_says_how_to_go_on() => Assert.Contains(
        "paused; to go on: amoeba resume k3f9x2",
        ProgressView.Lines(Small with { State = JobState.Paused }, 80, 24, Plain));

    [Theory]
    [InlineData(JobState.Running)]
    [InlineData(JobState.Paused)]
    public void An_id_is_shown_whole_or_not_at_all(JobState state)
    {
        for (var width = 12; width < 100; width++)
        {
            foreach (var line in ProgressView.Lines(Small with { State = state }, width, 24, Plain))
                Assert.True(!line.Contains("k3", StringComparison.Ordinal)
                    || line.Contains("k3f9x2", StringComparison.Ordinal), $"{width}: {line}");
        }

        Assert.Contains("Ctrl-C stops it; amoeba resume k3f9x2", ProgressView.Lines(Small, 40, 24, Plain));
    }

    [Fact]
    public void It_never_takes_more_room_than_there_is()
    {
        foreach (var state in new[] { Small, Large })
        {
            for (var width = 1; width <= 210; width += 7)
            {
                for (var height = 1; height <= 60; height++)
                {
                    var lines = ProgressView.Lines(state, width, height, Plain);
                    Assert.True(lines.Count <= Math.Max(1, height - 1), $"{lines.Count} lines in a window of {height}");
                    Assert.All(lines,
                        line =>
                            Assert.True(TextWidth.Of(line) <= Math.Max(10, width - 1), $"'{line}' in {width} columns"));
                }
            }
        }
    }

    [Fact]
    public void Colours_do_not_change_the_text()
    {
        var plain = string.Join('\n', ProgressView.Lines(Small, 80, 24, Plain));
        var coloured = string.Join('\n', ProgressView.Lines(Small, 80, 24, new Style(on: true)));
        Assert.NotEqual(plain, coloured);
        Assert.Equal(plain, System.Text.RegularExpressions.Regex.Replace(coloured, "\e\\[[0-9;]*m", ""));
    }

    private static void Check(string name, ProgressState state, int width, int height)
    {
        var text = new StringBuilder();
        foreach (var line in ProgressView.Lines(state, width, height, Plain)) text.Append(line).Append("|\n");
        Golden.Check($"{name}-{width}x{height}", text.ToString());
    }
}
