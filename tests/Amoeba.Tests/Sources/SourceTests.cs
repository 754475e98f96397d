using Amoeba.Plans;
using Amoeba.Sources;

namespace Amoeba.Tests.Sources;

public sealed class SourceTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Inline_items_come_back_as_they_were() =>
        Assert.Equal(
            ["a", "a\nb", "{index}", "\"; touch x", "", "5", """{"n":1.50,"t":"é\n","o":{"x":[1,null]}}"""],
            await _folder.ItemsAsync(
                """["a", "a\nb", "{index}", "\"; touch x", "", 5, {"n": 1.50, "t": "é\n", "o": {"x": [1, null]}}]"""));

    [Fact]
    public async Task A_text_file_gives_its_lines()
    {
        _folder.Write("a.txt", "\uFEFFone\r\n\ntwo words\n  three\nlast\ralso");
        Assert.Equal(["one", "two words", "  three", "last\ralso"], await _folder.ItemsAsync("""{"file": "a.txt"}"""));
    }

    [Fact]
    public async Task A_csv_file_gives_rows_with_quotes_commas_and_newlines()
    {
        _folder.Write("p.csv", "\uFEFFname,age\r\nann,3\r\n\"bob, jr\",4\r\n\"say \"\"hi\"\"\nthere\",\r\n");
        Assert.Equal(
            ["""{"name":"ann","age":"3"}""", """{"name":"bob, jr","age":"4"}""",
                """{"name":"say \"hi\"\nthere","age":""}"""],
            await _folder.ItemsAsync("""{"file": "p.csv"}"""));
    }

    [Theory]
    [InlineData("", "p.csv:1: the file is empty; expected a first row with the names of the columns.")]
    [InlineData("a,b\n1\n", "p.csv:2: the row has 1 fields, the header 2.")]
    [InlineData("a,a\n", "p.csv:1: the column a is there twice.")]
    [InlineData("a,\n", "p.csv:1: column 2 has no name.")]
    [InlineData("a\n1\n\"2\n3\n", "p.csv:3: a quote is not closed in the row that begins here.")]
    [InlineData("a,b\n\"1\"x,2\n", "p.csv:2: expected a comma after the closing quote.")]
    public async Task A_broken_csv_file_says_where(string text, string message)
    {
        _folder.Write("p.csv", text);
        Assert.Equal(message, await _folder.RefusedAsync("""{"file": "p.csv"}"""));
    }

    [Fact]
    public async Task A_jsonl_file_gives_values_and_keeps_numbers_as_written()
    {
        _folder.Write("v.jsonl", "{\"a\": 1e3, \"b\": [1, 2.0]}\n\n\"text\"\n12.50\ntrue\n");
        Assert.Equal(
            ["""{"a":1e3,"b":[1,2.0]}""", "text", "12.50", "true"],
            await _folder.ItemsAsync("""{"file": "v.jsonl"}"""));
        _folder.Write("w.jsonl", "1\n{\"a\": \n");
        Assert.StartsWith(
            "w.jsonl:2: not valid JSON:",
            await _folder.RefusedAsync("""{"file": "w.jsonl"}"""),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_missing_or_not_utf8_is_named()
    {
        Assert.Contains(
            "gone.txt: there is no such file",
            await _folder.RefusedAsync("""{"file": "gone.txt"}"""),
            StringComparison.Ordinal);
        File.WriteAllBytes(Path.Combine(_folder.Root, "latin.txt"), [0x61, 0x0a, 0xe9, 0x0a]);
        Assert.Contains("not UTF-8", await _folder.RefusedAsync("""{"file": "latin.txt"}"""), StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.Target));
    }

    [Fact]
    public async Task Ranges_and_matrices_are_computed()
    {
        Assert.Equal(["1", "3", "5"], await _folder.ItemsAsync("""{"range": "1..6..2"}"""));
        Assert.Equal(["3", "2"], await _folder.ItemsAsync("""{"range": "3..2..-1"}"""));
        Assert.Equal(
            ["""{"l":"en","t":"x"}""", """{"l":"en","t":"y"}""", """{"l":"es","t":"x"}""", """{"l":"es","t":"y"}"""],
            await _folder.ItemsAsync("""{"matrix": {"l": ["en", "es"], "t": ["x", "y"]}}"""));
        Assert.False(Directory.Exists(Path.Combine(_folder.Root, "spool")));
    }

    [Fact]
    public async Task An_empty_source_is_a_warning()
    {
        var (spooled, items) = await _folder.SpoolAsync(SourceFolder.Plan("""{"glob": "*.none"}"""));
        Assert.Equal(
            "each: the pattern *.none gave no items, so there is nothing to do.",
            Assert.Single(spooled.Warnings));
        Assert.Empty(items[0]);
    }

    [Fact]
    public async Task A_command_lists_items_and_its_failure_is_bad_input()
    {
        var command = new FakeCommand(["one", "", "two"]);
        Assert.Equal(["one", "two"], await _folder.ItemsAsync("""{"command": ["git", "ls-files"]}""", command));
        Assert.Equal(["git", "ls-files"], command.Called);
        var failing = new FakeCommand(["one"], new CommandFailedException("exit 3", "no repository\n"));
        Directory.Delete(_folder.Target, recursive: true);
        Assert.Equal(
            "each: git, which lists the items, failed with exit 3: no repository",
            await _folder.RefusedAsync("""{"command": ["git"]}""", failing));
        Assert.False(Directory.Exists(_folder.Target + ".tmp"));
    }

    [Fact]
    public async Task A_command_is_not_run_where_nothing_may_run()
    {
        var plan = SourceFolder.Plan("""{"command": ["git", "ls-files"]}""");
        var spooled = await new ItemSpooler(null).SpoolAsync(
            plan,
            _folder.Root,
            null,
            TestContext.Current.CancellationToken);
        Assert.Equal(EachBinder.AssumedItems, spooled.Stages[0].Count);
        Assert.Contains("assumed", Assert.Single(spooled.Warnings), StringComparison.Ordinal);
    }
}
