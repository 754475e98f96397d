using System.Text;
using Amoeba.Cli;
using Amoeba.Cli.Commands;
using Amoeba.Cli.Terminal;

namespace Amoeba.Tests.Cli;

public sealed class WrappingTests
{
    [Theory]
    [InlineData("one two three", 13, "one two three")]
    [InlineData("one two three", 12, "one two|  three")]
    [InlineData("  one two three", 7, "  one|  two|  three")]
    [InlineData("unbreakable", 4, "unbreakable")]
    [InlineData("a unbreakable b", 4, "a|  unbreakable|  b")]
    [InlineData("about 28 s: 8.5 s saved", 16, "about 28 s:|  8.5 s saved")]
    [InlineData("of 5 8.5 min, 3", 8, "of 5|  8.5 min,|  3")]
    public void Lines_break_between_words(string line, int width, string expected) =>
        Assert.Equal(expected, Wrapping.Wrap(line, width, 2).Replace('\n', '|'));

    [Theory]
    [InlineData(80)]
    [InlineData(40)]
    public async Task Help_fits_the_terminal_apart_from_examples(int width)
    {
        foreach (var command in CommandTable.All.Select(command => command.Name).Append(""))
        {
            var help = await OnTerminalAsync(width, ["help", .. command.Length == 0 ? (string[])[] : [command]]);
            var prose = help.Split("Examples:")[0].Split('\n');
            Assert.All(prose, line => Assert.True(line.Length <= width, line));
            Assert.DoesNotContain(prose, line => line.EndsWith(' '));
        }
    }

    [Theory]
    [InlineData(80)]
    [InlineData(40)]
    public async Task Doctor_fits_the_terminal(int width) =>
        Assert.All((await OnTerminalAsync(width, "doctor", "--home", "/proc/none")).Split('\n'), line =>
            Assert.True(TextWidth.Of(line) <= width || !line.TrimStart().Contains(' '), line));

    private static async Task<string> OnTerminalAsync(int width, params string[] arguments)
    {
        using var output = new MemoryStream();
        using (var console = new CliConsole(output, Stream.Null)
        {
            OpenInput = () => Stream.Null,
            Folder = "/",
            OutputIsTerminal = true,
            Size = () => (width, 24),
            Variable = name => name == "NO_COLOR" ? "1" : null,
        })
        {
            await Entry.RunAsync(arguments, console);
        }

        return Encoding.UTF8.GetString(output.ToArray());
    }
}
