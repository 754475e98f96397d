using System.Text.RegularExpressions;
using Amoeba.Cli.Arguments;
using Amoeba.Cli.Commands;
using Amoeba.Plans;

namespace Amoeba.Tests.Architecture;

/// <summary>What the documents show can be typed as it stands.</summary>
public sealed partial class DocumentTests
{
    public static TheoryData<string> Documents => [.. Directory.EnumerateFiles(Repository.Root, "*.md")
        .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories))
        .Select(file => Path.GetRelativePath(Repository.Root, file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Plans_in_documents_are_valid(string document) =>
        Assert.All(Blocks(document, "yaml"), plan => Assert.NotEmpty(PlanReader.Read(plan, document).Tasks));

    [Theory]
    [MemberData(nameof(Documents))]
    public void Command_lines_in_documents_are_understood(string document)
    {
        foreach (var line in Blocks(document, "sh").SelectMany(block => block.Split('\n')))
        {
            foreach (Match call in Call().Matches(line.Split(" #")[0]))
            {
                string[] words = [.. Word().Matches(call.Groups[1].Value).Select(word => word.Value.Trim('\''))];
                Assert.NotNull(ArgumentParser.Parse(words, CommandTable.All).Command);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Files_that_documents_name_exist(string document)
    {
        var text = Repository.Text(document);
        var folder = Path.GetDirectoryName(Path.Combine(Repository.Root, document))!;
        var links = Link().Matches(text).Select(link => link.Groups[1].Value)
            .Where(link => !link.Contains("://", StringComparison.Ordinal)).Select(link => Path.Combine(folder, link));
        var samples = Sample().Matches(text).Select(sample => Path.Combine(Repository.Root, sample.Value));
        Assert.All(links.Concat(samples), file => Assert.True(Path.Exists(file), $"{document}: {file} is not there"));
    }

    [Fact]
    public void The_readme_opens_with_the_two_commands_for_a_fresh_machine() => Assert.Equal(
        "./amoeba run samples/first.yaml\n./test\n", Blocks("README.md", "sh").First());

    [Fact]
    public void The_readme_names_every_sample_and_every_command()
    {
        var text = Repository.Text("README.md");
        var samples =
            Directory.EnumerateFiles(Path.Combine(Repository.Root, "samples")).Select(file => Path.GetFileName(file))
            .Where(file => !file.EndsWith(".csv", StringComparison.Ordinal)).Select(file => $"(samples/{file})");
        var commands = CommandTable.All.Select(command => $"`{command.Name}`");
        Assert.All(samples.Concat(commands), name => Assert.Contains(name, text, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Blocks(string document, string language) =>
        Regex.Matches(Repository.Text(document), $"^```{language}\n(.*?)^```",
            RegexOptions.Multiline | RegexOptions.Singleline)
            .Select(block => block.Groups[1].Value);

    /// <summary>A call of Amoeba up to what the shell makes of the rest; within quotes nothing ends it.</summary>
    [GeneratedRegex(@"(?:^|[|&;] *)(?:\./)?amoeba +((?:'[^']*'|[^'|&;<>])+)")]
    private static partial Regex Call();

    [GeneratedRegex(@"'[^']*'|[^ ']+")]
    private static partial Regex Word();

    [GeneratedRegex(@"\]\(([^)#]+)")]
    private static partial Regex Link();

    [GeneratedRegex(@"samples/[\w.-]*\w")]
    private static partial Regex Sample();
}
