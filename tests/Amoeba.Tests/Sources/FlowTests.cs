using System.Text;
using Amoeba.Plans;
using Amoeba.Sources;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Sources;

public sealed class FlowTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("amoeba-flow-").FullName;

    public void Dispose() => TempFolder.Remove(_folder);

    [Fact]
    public void Items_come_back_in_the_order_they_were_appended_and_survive_reopening()
    {
        using (var flow = new FlowItems(_folder, 1))
        {
            Assert.Equal(new FlowChunk(7, 0, 2), Assert.Single(flow.Append(7, Texts("a", "b"))));
            Assert.Equal(new FlowChunk(3, 2, 1), Assert.Single(flow.Append(3, Texts("c\nd"))));
        }

        using var again = new FlowItems(_folder, 1);
        Assert.Equal(["a", "b", "c\nd"], Read(again));
        Assert.Equal([new FlowChunk(7, 0, 2), new FlowChunk(3, 2, 1)], again.Chunks);
    }

    [Fact]
    public void A_result_is_taken_once()
    {
        using var flow = new FlowItems(_folder, 0);
        flow.Append(7, Texts("a"));
        Assert.Empty(flow.Append(7, Texts("a")));
        Assert.Equal(1, flow.Count);
    }

    [Fact]
    public void A_result_without_items_is_remembered()
    {
        using (var flow = new FlowItems(_folder, 0))
            Assert.Equal(new FlowChunk(5, 0, 0), Assert.Single(flow.Append(5, [])));
        using var again = new FlowItems(_folder, 0);
        Assert.Equal(5, Assert.Single(again.Chunks).Source);
    }

    [Fact]
    public void Two_that_append_find_each_others_records()
    {
        using var one = new FlowItems(_folder, 0);
        using var other = new FlowItems(_folder, 0);
        one.Append(1, Texts("a"));
        Assert.Equal([new FlowChunk(1, 0, 1), new FlowChunk(2, 1, 1)], other.Append(2, Texts("b")));
        Assert.Equal([new FlowChunk(2, 1, 1)], one.Append(2, Texts("b")));
        Assert.Equal(["a", "b"], Read(one));
    }

    [Fact]
    public void Lines_without_a_record_are_overwritten_and_a_torn_record_never_was()
    {
        using (var flow = new FlowItems(_folder, 0)) flow.Append(1, Texts("a"));
        File.AppendAllText(Path.Combine(_folder, "flow-0.jsonl"), "\"half");
        File.AppendAllText(Path.Combine(_folder, "flow-0.chunks"), "torn");
        using var again = new FlowItems(_folder, 0);
        Assert.Equal(["a"], Read(again));
        again.Append(2, Texts("b"));
        using var third = new FlowItems(_folder, 0);
        Assert.Equal(["a", "b"], Read(third));
    }

    [Fact]
    public void A_damaged_record_is_said()
    {
        using (var flow = new FlowItems(_folder, 0))
        {
            flow.Append(1, Texts("a"));
            flow.Append(2, Texts("b"));
        }

        var path = Path.Combine(_folder, "flow-0.chunks");
        var bytes = File.ReadAllBytes(path);
        bytes[2] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Contains("damaged", Assert.Throws<InvalidDataException>(() => new FlowItems(_folder, 0)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[1, \"two\", {\"a\": \"x\\ny\"}, [4]]", "auto", false, "1|two|{\"a\":\"x\\ny\"}|[4]")]
    [InlineData("[]", "auto", true, "")]
    [InlineData("a\r\nb\n\nc", "auto", true, "a|b|c")]
    [InlineData("a\nb\n", "auto", false, "a\nb")]
    [InlineData("[1,\n2]", "lines", false, "[1,|2]")]
    [InlineData("[1,2]\n", "whole", true, "[1,2]")]
    [InlineData("\n", "whole", true, "")]
    [InlineData("[1, 2", "auto", false, "[1, 2")]
    [InlineData("[\"\\ud800\", {\"a\": \"\\ud800\"}, {\"\\ud800\": 1}]", "auto", true,
        "\"\\ud800\"|{\"a\": \"\\ud800\"}|{\"\\ud800\": 1}")]
    [InlineData("\ufeff{\"a\": 1}\nb", "lines", true, "{\"a\":1}|b")]
    [InlineData("\ufeff[\"a\"]", "auto", true, "a")]
    [InlineData("{\"a\": 1}\n{\"a\": 2}", "lines", true, "{\"a\":1}|{\"a\":2}")]
    public void A_result_is_taken_apart(string output, string split, bool isProgram, string items) => Assert.Equal(
        items,
        string.Join('|', YieldedItems.Of(Encoding.UTF8.GetBytes(output), PlanNames.Splits[split], isProgram)
            .Select(item => item.Text)));

    [Fact]
    public void Of_a_list_that_is_no_UTF_8_what_is_none_is_replaced() => Assert.Equal(
        ["a\ufffdb", "{\"c\":\"\ufffd\"}"],
        YieldedItems.Of(Encoding.Latin1.GetBytes("[\"a\u00ffb\", {\"c\": "
            + "\"\u00ff\"}]"), FlowSplit.Auto, isProgram: true)
            .Select(item => item.Text));

    [Fact]
    public void Plan_order_is_that_of_the_results_also_through_two_flows()
    {
        var plan = PlanReader.Read("""
            { "tasks": [ { "id": "a", "each": ["x", "y"], "do": { "run": ["true"] } },
                         { "id": "b", "each": { "from": "a" }, "do": { "run": ["true"] } },
                         { "id": "c", "each": { "from": "b" }, "do": { "run": ["true"] } } ] }
            """, "plan.json");
        StageManifest[] stages =
            [new("a", 2, "", false, 0), new("b", 0, "", false, 0, Flows: true), new("c", 0, "", false, 0, Flows: true)];
        using var items =
            JobItems.Open(
                plan with { Tasks = [plan.Tasks[0] with { Each = new RangeEach(1, 2, 1) }, .. plan.Tasks.Skip(1)] },
                stages, _folder);
        items.FlowOf(1)!.Append(1, Texts("y1", "y2"));
        items.FlowOf(1)!.Append(0, Texts("x1"));
        var first = 2;
        items.FlowOf(2)!.Append(first + 1, Texts("of y2"));
        items.FlowOf(2)!.Append(first + 0, Texts("of y1"));
        items.FlowOf(2)!.Append(first + 2, Texts("of x1"));
        Assert.Equal(["x1", "y1", "y2"], InOrder(items, 1));
        Assert.Equal(["of x1", "of y1", "of y2"], InOrder(items, 2));
    }

    private static string[] InOrder(JobItems items, int stage) => [.. items.RunsOf(stage).SelectMany(run =>
        Enumerable.Range(run.First, run.Count).Select(index => items[stage]!.Read(index).Text))];

    private static Item[] Texts(params string[] texts) => [.. texts.Select(text => new TextItem(text))];

    private static string[] Read(FlowItems flow) =>
        [.. Enumerable.Range(0, (int)flow.Count).Select(index => flow.Read(index).Text)];
}
