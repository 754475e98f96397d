using Amoeba.Cli;
using Amoeba.Cli.Arguments;
using Amoeba.Cli.Commands;

namespace Amoeba.Tests.Cli;

public sealed class HelpTests
{
    public static TheoryData<string> Commands { get; } = [.. CommandTable.All.Select(command => command.Name)];

    [Fact]
    public async Task The_help_of_all_commands_is_as_agreed()
    {
        var run = await CliRun.OfAsync("--help");
        Assert.Equal(ExitCodes.Done, run.Code);
        Assert.Empty(run.Error);
        Golden.Check("help", run.Out);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task The_help_of_a_command_is_as_agreed(string command)
    {
        var run = await CliRun.OfAsync(command, "--help");
        Assert.Equal(ExitCodes.Done, run.Code);
        Golden.Check("help-" + command, run.Out);
    }

    [Fact]
    public void Every_command_has_an_example_that_parses()
    {
        foreach (var command in CommandTable.All)
        {
            Assert.NotEmpty(command.Examples);
            foreach (var example in command.Examples.Where(one => one.StartsWith("amoeba ", StringComparison.Ordinal)))
            {
                var words =
                    example.Split('#', '>')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).ToList();
                Assert.Same(command, ArgumentParser.Parse(words, CommandTable.All).Command);
            }
        }
    }

    [Fact]
    public async Task Without_any_word_the_help_is_an_error()
    {
        var run = await CliRun.OfAsync();
        Assert.Equal(ExitCodes.BadInput, run.Code);
        Assert.Empty(run.Out);
        Assert.Contains("Usage: amoeba COMMAND", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_version_is_one_line()
    {
        var run = await CliRun.OfAsync("--version");
        Assert.Equal(ExitCodes.Done, run.Code);
        Assert.Matches(@"^amoeba \d+\.\d+\.\d+\n$", run.Out);
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task Completions_know_every_command(string shell)
    {
        var run = await CliRun.OfAsync("completion", shell);
        Assert.All(CommandTable.All, command => Assert.Contains(command.Name, run.Out, StringComparison.Ordinal));
    }
}
