using Amoeba.Cli.Arguments;
using Amoeba.Cli.Commands;

namespace Amoeba.Tests.Cli;

public sealed class ArgumentParserTests
{
    [Fact]
    public void Options_may_stand_before_between_and_after_words()
    {
        var line = Parse("--json", "run", "--children", "3", "plan.yaml", "--strategy=parallel", "-y");
        Assert.Equal("run", line.Command!.Name);
        Assert.Equal(["plan.yaml"], line.Words);
        Assert.Equal(["3"], line.Options["--children"]);
        Assert.Equal(["parallel"], line.Options["--strategy"]);
        Assert.True(line.Options.ContainsKey("--json") && line.Options.ContainsKey("--yes"));
    }

    [Fact]
    public void What_follows_the_dashes_is_never_an_option()
    {
        var line = Parse("each", "*.md", "--", "wc", "-w", "--json", "--", "{item}");
        Assert.Equal(["wc", "-w", "--json", "--", "{item}"], line.Rest);
        Assert.False(line.Options.ContainsKey("--json"));
    }

    [Fact]
    public void A_dash_alone_is_a_word() => Assert.Equal(["-"], Parse("run", "-").Words);

    [Fact]
    public void An_option_that_may_repeat_keeps_every_value() =>
        Assert.Equal(["a=1", "b=2=3"], Parse("run", "p", "--set", "a=1", "--set=b=2=3").Options["--set"]);

    [Theory]
    [InlineData("ls", "jobs")]
    [InlineData("status", "jobs")]
    [InlineData("stop", "cancel")]
    public void Aliases_lead_to_their_command(string alias, string command) =>
        Assert.Equal(command,
            ArgumentParser.Parse([alias, .. command == "cancel" ? ["last"] : Array.Empty<string>()],
                CommandTable.All).Command!.Name);

    private static ParsedLine Parse(params string[] words) => ArgumentParser.Parse(words, CommandTable.All);
}
