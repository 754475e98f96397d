using Amoeba.Sources;

namespace Amoeba.Tests.Sources;

public sealed class GlobTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public GlobTests()
    {
        foreach (var name in (string[])["b.txt", "a.txt", "B.md", "d/x.txt", "d/e/y.txt", "d/e/z.md", ".hid/k.txt", "d/.h.txt", "[x].txt"])
        {
            _folder.Write(name, name);
        }

        Directory.CreateSymbolicLink(Path.Combine(_folder.Root, "d", "loop"), _folder.Root);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("*.txt", "[x].txt a.txt b.txt")]
    [InlineData("**/*.txt", "[x].txt a.txt b.txt d/e/y.txt d/x.txt")]
    [InlineData("d/**", "d/e/y.txt d/e/z.md d/x.txt")]
    [InlineData("d/**/**/?.md", "d/e/z.md")]
    [InlineData("*/*.txt", "d/x.txt")]
    [InlineData("{a,b}.txt", "a.txt b.txt")]
    [InlineData("{d/x,d/{e/y,e/q}}.txt", "d/e/y.txt d/x.txt")]
    [InlineData("[a-b].txt", "a.txt b.txt")]
    [InlineData("[!a].txt", "b.txt")]
    [InlineData("[[]x].txt", "[x].txt")]
    [InlineData("d/.*", "d/.h.txt")]
    [InlineData(".hid/*", ".hid/k.txt")]
    [InlineData("./d/../a.txt", "d/../a.txt")]
    [InlineData("d", "")]
    [InlineData("none.txt", "")]
    [InlineData("d/loop/*.txt", "d/loop/[x].txt d/loop/a.txt d/loop/b.txt")]
    public async Task A_pattern_gives_files_in_ordinal_order(string pattern, string expected) =>
        Assert.Equal(expected, string.Join(' ', await _folder.ItemsAsync($$"""{"glob": "{{pattern}}"}""")));

    [Fact]
    public async Task Several_patterns_give_each_file_once() =>
        Assert.Equal(["B.md", "a.txt", "b.txt"], await _folder.ItemsAsync("""{"glob": ["[ab].txt", "*.md", "a*"]}"""));

    [Fact]
    public async Task An_absolute_pattern_gives_absolute_paths() =>
        Assert.Equal(
            [Path.Combine(_folder.Root, "d", "x.txt")],
            await _folder.ItemsAsync($$"""{"glob": "{{_folder.Root}}/d/*.txt"}"""));

    [Fact]
    public async Task A_folder_that_is_missing_is_named() =>
        Assert.Contains(
            "there is no such folder",
            await _folder.RefusedAsync("""{"glob": "gone/*.txt"}"""),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("a*b*c", "aXbYc", true)]
    [InlineData("a*b*c", "aXbY", false)]
    [InlineData("*", ".hidden", false)]
    [InlineData("[", "[", true)]
    [InlineData("*[", "x[", true)]
    [InlineData("a?c", "ac", false)]
    [InlineData("[]]", "]", true)]
    [InlineData("[a-]", "-", true)]
    public void A_part_matches_a_name(string part, string name, bool matches) =>
        Assert.Equal(matches, GlobPattern.Matches(part, name));
}
