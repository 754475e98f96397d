using Amoeba.Plans;

namespace Amoeba.Tests.Architecture;

/// <summary>What the documents and samples show is so.</summary>
public sealed class SampleTests
{
    public static TheoryData<string> Plans => [.. Directory
        .EnumerateFiles(Path.Combine(Repository.Root, "samples"), "*.yaml").Select(file => "samples/" + Path.GetFileName(file)).Order()];

    [Theory]
    [MemberData(nameof(Plans))]
    public void A_sample_is_a_valid_plan_that_names_its_schema_and_how_to_run_it(string file)
    {
        Assert.NotEmpty(PlanReader.Read(Repository.Text(file), file).Tasks);
        Assert.Contains("# yaml-language-server: $schema=../docs/schema/plan.schema.json", Repository.Text(file));
        Assert.Contains($"./amoeba run {file}", Repository.Text(file));
    }

    [Fact]
    public void The_readme_opens_with_the_two_commands_for_a_fresh_machine()
    {
        var commands = Repository.Lines("README.md").SkipWhile(line => !line.StartsWith("```", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => !line.StartsWith("```", StringComparison.Ordinal)).Select(line => line.Split('#')[0].Trim());
        Assert.Equal(["./amoeba run samples/first.yaml", "./test"], commands);
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("ARCHITECTURE.md")]
    [InlineData("CONTRIBUTING.md")]
    public void Files_that_a_document_names_exist(string document)
    {
        var links = Repository.Text(document).Split("](").Skip(1).Select(rest => rest.Split(')')[0].Split('#')[0])
            .Where(link => link.Length > 0 && !link.Contains("://", StringComparison.Ordinal));
        var shown = Repository.Text(document).Split([' ', '\n', '`']).Where(word => word.StartsWith("samples/", StringComparison.Ordinal));
        Assert.All(links.Concat(shown), file => Assert.True(Path.Exists(Path.Combine(Repository.Root, file)), $"{document}: {file} is not there"));
    }
}
