using System.Text;
using Amoeba.Cli;

namespace Amoeba.Tests.Cli;

public sealed class CommandLineErrorTests
{
    private static readonly string[][] Lines =
    [
        ["frobnicate"],
        ["jbos"],
        ["run"],
        ["run", "a.yaml", "b.yaml"],
        ["run", "a.yaml", "--chidren", "3"],
        ["run", "a.yaml", "--children"],
        ["run", "a.yaml", "--children", "3", "--children", "4"],
        ["run", "a.yaml", "--json=yes"],
        ["run", "a.yaml", "--", "more"],
        ["run", "no-such-file.yaml"],
        ["each", "*.md"],
        ["--jsn"],
        ["completion", "tcsh"],
        ["width", "last", "none"],
    ];

    [Fact]
    public async Task Mistakes_in_a_command_line_are_named_with_what_was_meant()
    {
        var text = new StringBuilder();
        foreach (var line in Lines)
        {
            var run = await CliRun.OfAsync(line);
            Assert.Equal(ExitCodes.BadInput, run.Code);
            Assert.Empty(run.Out);
            Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
            text.Append("$ amoeba ").AppendJoin(' ', line).Append('\n').Append(run.Error).Append('\n');
        }

        Golden.Check("errors", text.ToString());
    }
}
