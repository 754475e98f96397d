using Amoeba.Cli.Terminal;

namespace Amoeba.Tests.Cli;

public sealed class TerminalTests
{
    [Theory]
    [InlineData("a\e[31mb", "a [31mb")]
    [InlineData("one\ntwo\t\tthree ", "one two three")]
    [InlineData("left‮right", "left right")]
    [InlineData("\a\b", "")]
    public void Text_from_outside_cannot_move_the_cursor(string text, string clean) =>
        Assert.Equal(clean, TextWidth.Clean(text));

    [Theory]
    [InlineData("abcdef", 6, "abcdef")]
    [InlineData("abcdef", 5, "abcd…")]
    [InlineData("日本語", 5, "日本…")]
    [InlineData("日本語", 4, "日…")]
    [InlineData("abc", 0, "")]
    public void Text_is_cut_to_a_width(string text, int width, string cut) =>
        Assert.Equal(cut, TextWidth.Cut(text, width));

    [Fact]
    public void The_rate_is_that_of_the_last_quarter_of_a_minute()
    {
        var meter = new ProgressMeter();
        Assert.Equal((null, null), meter.Take(0, 0, 1000));
        (double? Rate, double? Left) last = (null, null);
        for (var second = 1; second <= 100; second++)
            last = meter.Take(second, second <= 50 ? second : 50 + (second - 50) * 4, 1000);
        Assert.Equal(4, last.Rate!.Value, 3);
        Assert.Equal((1000 - 250) / 4.0, last.Left!.Value, 3);
    }

    [Fact]
    public void What_ended_before_watching_began_is_no_rate()
    {
        var meter = new ProgressMeter();
        meter.Take(0, 500, 1000);
        Assert.Equal((null, null), meter.Take(5, 500, 1000));
        Assert.Equal(10, meter.Take(10, 600, 1000).Rate);
    }

    [Theory]
    [InlineData("y", "approve", null)]
    [InlineData("12", "approve", 12)]
    [InlineData("s", "sequential", null)]
    [InlineData("n", "refuse", null)]
    [InlineData("q", "later", null)]
    [InlineData(null, "later", null)]
    [InlineData("0", null, null)]
    [InlineData("maybe", null, null)]
    public void Answers_in_place_are_understood(string? typed, string? kind, int? children) =>
        Assert.Equal((kind, children), InPlaceAnswer.Of(typed));

    [Fact]
    public void A_live_display_is_drawn_over_itself_and_leaves_nothing()
    {
        using var writer = new StringWriter();
        var screen = new LiveScreen(writer);
        screen.Draw(["one", "two"]);
        screen.Draw(["three"]);
        screen.Clear();
        Assert.Equal("\rone\e[K\ntwo\e[K\n\e[J\e[2A\rthree\e[K\n\e[J\e[1A\r\e[J", writer.ToString());
    }

    [Fact]
    public void A_stream_knows_whether_a_line_ended()
    {
        using var inner = new MemoryStream();
        using var stream = new EndingStream(inner);
        Assert.True(stream.AtLineStart);
        stream.Write("abc"u8);
        Assert.False(stream.AtLineStart);
        stream.Write("\n"u8);
        Assert.True(stream.AtLineStart);
    }
}
