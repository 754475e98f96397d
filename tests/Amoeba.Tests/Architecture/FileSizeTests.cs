namespace Amoeba.Tests.Architecture;

public sealed class FileSizeTests
{
    private const int MostLines = 400;

    [Fact]
    public void No_source_file_has_more_than_400_lines()
    {
        var tooLong = Repository.Sources()
            .Select(file => (File: file, Lines: Repository.Lines(file).Length))
            .Where(found => found.Lines > MostLines)
            .Select(found => $"{found.File} has {found.Lines} lines; split it by what changes together");
        Assert.True(!tooLong.Any(), string.Join('\n', tooLong));
    }
}
