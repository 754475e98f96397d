using System.Text;
using System.Text.Json;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Merging;
using Amoeba.Plans;

namespace Amoeba.Tests.Merging;

public sealed class MergerTests
{
    private static readonly MergeKind[] Plain =
        [MergeKind.Concat, MergeKind.Lines, MergeKind.Json, MergeKind.Jsonl, MergeKind.Csv];

    [Theory]
    [InlineData(nameof(MergeKind.Concat), "", "a", "b\n", "a|b\n")]
    [InlineData(nameof(MergeKind.Lines), "a", "b\n", "", "a\n|b\n|\n")]
    [InlineData(nameof(MergeKind.Lines), "a\n\n", "b\r\n", "c", "a\n\n|b\r\n|c\n")]
    [InlineData(nameof(MergeKind.Json), "a\n", "{\"x\": 1.50}\n", "[1,\n2]",
        "[\n|\"a\",\n|{\"x\": 1.50},\n|[1,\n2]\n]\n")]
    [InlineData(nameof(MergeKind.Jsonl), "é \"q\"\n", "{\n\"x\":\n1}\n", "", "\"é \\\"q\\\"\"\n|{\"x\":1}\n|\"\"\n")]
    [InlineData(nameof(MergeKind.Jsonl), "1 2", "nul", "true\n", "\"1 2\"\n|\"nul\"\n|true\n")]
    public void Results_are_joined_in_order(string kind, string first, string second, string third, string expected) =>
        Assert.Equal(
            expected.Replace("|", "", StringComparison.Ordinal),
            Merge(new MergeSpec(Enum.Parse<MergeKind>(kind)), [Row(first), Row(second), Row(third)]));

    [Theory]
    [InlineData(nameof(MergeKind.Concat), "")]
    [InlineData(nameof(MergeKind.Lines), "")]
    [InlineData(nameof(MergeKind.Json), "[]\n")]
    [InlineData(nameof(MergeKind.Jsonl), "")]
    [InlineData(nameof(MergeKind.Csv), "output\n")]
    public void Nothing_merges_to_nothing(string kind, string expected) =>
        Assert.Equal(expected, Merge(new MergeSpec(Enum.Parse<MergeKind>(kind)), []));

    [Fact]
    public void Outputs_that_are_no_text_still_give_valid_json()
    {
        var bytes = new MergeRow("t", 0, null, OutputRef.Of(new byte[] { (byte)'"', 0xff, (byte)'"' }));
        var merged = Merge(new MergeSpec(MergeKind.Json), [bytes, Row("\u0000\u001f</script>")]);
        using var json = JsonDocument.Parse(merged);
        Assert.Equal("\"\ufffd\"", json.RootElement[0].GetString());
        Assert.Equal("\u0000\u001f</script>", json.RootElement[1].GetString());
    }

    [Fact]
    public void A_table_has_every_field_and_quotes_what_needs_it()
    {
        MergeRow[] rows =
        [
            Row("one\n", Item.Parse("""{"name":"a,b","size":1.50}""")),
            Row("say \"hi\"", Item.Parse("""{"size":2,"note":"x\ny"}""")),
        ];
        Assert.Equal(
            "name,size,note,output\n\"a,b\",1.50,,one\n,2,\"x\ny\",\"say \"\"hi\"\"\"\n",
            Merge(new MergeSpec(MergeKind.Csv), rows));
    }

    [Fact]
    public void A_table_of_texts_and_of_tasks_names_them()
    {
        Assert.Equal("item,output\nx,1\ny,2\n",
            Merge(new MergeSpec(MergeKind.Csv), [Row("1", new TextItem("x")), Row("2", new TextItem("y"))]));
        Assert.Equal("task,output\nt,1\n", Merge(new MergeSpec(MergeKind.Csv), [Row("1")]));
    }

    [Fact]
    public void A_markdown_template_is_filled_in_for_each()
    {
        var template = Template.Parse("## {index} {item.name}\n{output}", new TemplateNames(Output: true));
        MergeRow[] rows =
        [
            Row("{item}\n\n", Item.Parse("""{"name":"a"}""")) with { Index = 3 },
            Row("b\n", Item.Parse("""{"name":"b"}""")) with { Index = 4 },
        ];
        Assert.Equal("## 3 a\n{item}\n## 4 b\nb\n", Merge(new MergeSpec(MergeKind.Markdown, template), rows));
        var missing = Row("", Item.Parse("""{"other":"a"}"""));
        Assert.Throws<PlanException>(() => Merge(new MergeSpec(MergeKind.Markdown, template), [missing]));
    }

    [Fact]
    public void A_full_output_ends_the_merge_and_says_so()
    {
        foreach (var kind in Plain)
        {
            var (sink, opened) = (new Sink(limit: 100_000), 0);
            var rows = Enumerable.Range(0, 1_000_000).Select(i => Row(new string('x', 1_000)));
            Assert.False(Merger.Merge(new MergeSpec(kind), kind == MergeKind.Csv ? rows.Take(1_000) : rows, output =>
            {
                opened++;
                return new MemoryStream(output.Inline.ToArray());
            }, sink, cancel: TestContext.Current.CancellationToken));
            Assert.Equal(100_000, sink.Length);
            Assert.InRange(opened, 1, 200);
        }
    }

    [Fact]
    public void A_cancelled_merge_stops()
    {
        using var cancel = new CancellationTokenSource();
        cancel.Cancel();
        var lines = new MergeSpec(MergeKind.Lines);
        Assert.Throws<OperationCanceledException>(() =>
            Merger.Merge(lines, [Row("a")], _ => Stream.Null, new Sink(100), cancel: cancel.Token));
    }

    private static MergeRow Row(string output, Item? item = null) =>
        new("t", 0, item, OutputRef.Of(Encoding.UTF8.GetBytes(output)));

    private static string Merge(MergeSpec spec, IEnumerable<MergeRow> rows)
    {
        var sink = new Sink(long.MaxValue);
        Assert.True(Merger.Merge(spec, rows, output => new MemoryStream(output.Inline.ToArray()), sink,
            cancel: TestContext.Current.CancellationToken));
        return Encoding.UTF8.GetString(sink.Bytes.ToArray());
    }

    private sealed class Sink(long limit) : IOutputWriter
    {
        public MemoryStream Bytes { get; } = new();

        public long Length => Bytes.Length;

        public bool Write(ReadOnlySpan<byte> bytes)
        {
            var fits = (int)Math.Min(bytes.Length, limit - Length);
            Bytes.Write(bytes[..fits]);
            return fits == bytes.Length;
        }

        public OutputRef Complete() => OutputRef.Of(Bytes.ToArray());

        public void Dispose() => Bytes.Dispose();
    }
}
