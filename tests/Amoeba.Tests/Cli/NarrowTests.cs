using System.Text;
using Amoeba.Cli;
using Amoeba.Cli.Terminal;
using Amoeba.Plans;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cli;

/// <summary>What commands print on a terminal that is narrower than their tables.</summary>
public sealed class NarrowTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    public async Task Tables_break_between_words_and_name_what_they_cannot_line_up(int width)
    {
        await CliRun.InAsync(_folder.Path, """
            { "name": "a plan with a name of many words that goes on", "limits": { "retries": 0 }, "each": ["one item of several words", "two"],
              "do": { "sh": "echo this command says a lot before it fails >&2; exit 3" } }
            """, "run", "-", "-q");
        foreach (var command in (string[][])[["jobs"], ["results", "last"]])
        {
            var text = await OnTerminalAsync(width, command);
            Assert.All(text.Split('\n'), line => Assert.True(TextWidth.Of(line) <= width, $"{command[0]}: {line}"));
        }

        Assert.Contains("words that goes on", OneLine(await OnTerminalAsync(width, "jobs")), StringComparison.Ordinal);
        var results = OneLine(await OnTerminalAsync(width, "results", "last"));
        Assert.Contains("each[1]", results, StringComparison.Ordinal);
        Assert.Contains("says a lot before it fails", results, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_that_has_no_room_is_told_in_words()
    {
        var table = new Table("JOB", "STATE", "TIME", "NAME");
        table.Add("abc", "failed", "1 s", "a long name");
        table.Add("def", "running", "", "b");
        var text = new StringWriter { NewLine = "\n" };
        table.Write(text, new Style(on: false), 20, stateColumn: 1);
        Assert.Equal("abc  failed\n  time: 1 s, name: a\n  long name\ndef  running\n  name: b\n", text.ToString());
    }

    [Fact]
    public void A_last_cell_goes_on_below_itself_and_an_elastic_one_gives_way()
    {
        var table = new Table("TASK", "ITEM", "OUTPUT");
        table.Add("a", "an item with many words", "exit code 3 and what was said");
        var text = new StringWriter { NewLine = "\n" };
        table.Write(text, new Style(on: false), 40, elastic: 1);
        Assert.Equal(
            "TASK  ITEM          OUTPUT\na     an item wit…  exit code 3 and what\n                    was said\n",
            text.ToString());
    }

    [Theory]
    [InlineData("""{"name":"\ud83d\ude00 \u00e9"}""", """{"name":"😀 é"}""")]
    [InlineData("""{"a":"x\\\\u0041"}""", """{"a":"x\\\\u0041"}""")]
    [InlineData("\"plain\"", "plain")]
    public void An_item_with_fields_is_shown_with_its_characters(string json, string shown) =>
        Assert.Equal(shown, ItemText.Of(Item.Parse(json)));

    private static string OneLine(string text) =>
        string.Join(' ', text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));

    private async Task<string> OnTerminalAsync(int width, params string[] arguments)
    {
        using var output = new MemoryStream();
        using (var console = new CliConsole(output, Stream.Null)
        {
            OpenInput = () => Stream.Null,
            Folder = _folder.Path,
            OutputIsTerminal = true,
            Size = () => (width, 24),
            Variable = name => name == "AMOEBA_HOME" ? _folder["home"] : name == "NO_COLOR" ? "1" : null,
        })
        {
            Assert.Equal(0, await Entry.RunAsync(arguments, console));
        }

        return Encoding.UTF8.GetString(output.ToArray());
    }
}
