using Amoeba.Plans;

namespace Amoeba.Tests.Architecture;

/// <summary>Samples can be read as plans, by us and by an editor; Acceptance/SamplesTests runs them.</summary>
public sealed class SampleTests
{
    public static TheoryData<string> Plans => [.. Directory
        .EnumerateFiles(Path.Combine(Repository.Root, "samples"), "*.yaml")
        .Select(file => "samples/" + Path.GetFileName(file)).Order()];

    [Theory]
    [MemberData(nameof(Plans))]
    public void A_sample_is_a_valid_plan_that_names_its_schema_and_how_to_run_it(string file)
    {
        Assert.NotEmpty(PlanReader.Read(Repository.Text(file), file).Tasks);
        Assert.Contains("# yaml-language-server: $schema=../docs/schema/plan.schema.json", Repository.Text(file));
        Assert.Contains($"./amoeba run {file}", Repository.Text(file));
    }
}
