namespace Amoeba.Tests.Architecture;

public sealed class FileSizeTests
{
    private const int MostLines = 400;
    private const int LongestLine = 120;

    [Fact]
    public void No_source_file_has_more_than_400_lines()
    {
        var tooLong = Repository.Sources()
            .Select(file => (File: file, Lines: Repository.Lines(file).Length))
            .Where(found => found.Lines > MostLines)
            .Select(found => $"{found.File} has {found.Lines} lines; split it by what changes together");
        Assert.True(!tooLong.Any(), string.Join('\n', tooLong));
    }

    [Theory]
    [InlineData("src")]
    [InlineData("tests")]
    [InlineData("bench")]
    public void No_line_has_more_than_120_characters(string folder)
    {
        var tooLong = Repository.Sources(folder).SelectMany(file => LongLines(file).Select(line => $"{file}:{line}"));
        Assert.True(!tooLong.Any(), string.Join('\n', tooLong));
    }

    /// <summary>
    /// Numbers of the lines that are too long; not those of raw strings, which are data and end where they must.
    /// </summary>
    private static IEnumerable<int> LongLines(string file)
    {
        var inRaw = false;
        var number = 0;
        foreach (var line in Repository.Lines(file))
        {
            number++;
            var marks = line.Split("\"\"\"").Length - 1;
            if (line.Length > LongestLine && !inRaw && marks == 0) yield return number;
            if (marks % 2 == 1) inRaw = !inRaw;
        }
    }
}
