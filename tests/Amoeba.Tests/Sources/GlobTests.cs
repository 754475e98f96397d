using System.Runtime.InteropServices;
using System.Text;
using Amoeba.Sources;

namespace Amoeba.Tests.Sources;

public sealed partial class GlobTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public GlobTests()
    {
        foreach (var name in (string[])["b.txt", "a.txt", "B.md", "d/x.txt",
            "d/e/y.txt", "d/e/z.md", ".hid/k.txt", "d/.h.txt", "[x].txt"])
        {
            _folder.Write(name, name);
        }

        Directory.CreateSymbolicLink(Path.Combine(_folder.Root, "d", "loop"), _folder.Root);
    }

    public void Dispose()
    {
        _ = Remove(NotText("d"));
        _ = Remove(NotText("caf"));
        _folder.Dispose();
    }

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

    [Theory]
    [InlineData("n/*.txt", "n/*.txt: in the folder {0} is a name that is not UTF-8: \"caf\\x??.txt\"")]
    [InlineData("n/**/y", "n/**/y: in the folder {0} is a name that is not UTF-8: \"d\\x??\"")]
    [InlineData("n/*/y", "n/*/y: in the folder {0} is a name that is not UTF-8: \"d\\x??\"")]
    public async Task A_name_that_is_not_text_is_refused(string pattern, string message)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere names are always text.");
        NamesInBytes();
        var refused = await _folder.RefusedAsync($$"""{"glob": "{{pattern}}"}""");
        Assert.StartsWith(string.Format(null, message, Path.Combine(_folder.Root, "n")), refused);
        Assert.EndsWith("Rename it, or give a pattern that leaves it out.", refused);
    }

    [Theory]
    [InlineData("n/a*", "n/a.txt")]
    [InlineData("n/?.md", "n/\uFFFD.md")]
    public async Task A_pattern_that_leaves_such_a_name_out_works(string pattern, string expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere names are always text.");
        NamesInBytes();
        Assert.Equal([expected], await _folder.ItemsAsync($$"""{"glob": "{{pattern}}"}"""));
    }

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

    /// <summary>
    /// In the folder n: two names in Latin-1, of a file and of a folder, and one that has the mark itself.
    /// </summary>
    private void NamesInBytes()
    {
        _folder.Write("n/a.txt", "");
        _folder.Write("n/\uFFFD.md", "");
        Assert.Equal(0, MakeFolder(NotText("d"), 0b111_000_000));
        Assert.Equal(0, MakeNode(NotText("caf"), 0b1000_000_110_000_000, 0));
    }

    private byte[] NotText(string name) =>
        [.. Encoding.UTF8.GetBytes(Path.Combine(_folder.Root, "n", name)), 0xE9, .. name == "caf" ? ".txt"u8 : [], 0];

    [LibraryImport("libc", EntryPoint = "mkdir")]
    private static partial int MakeFolder(byte[] path, uint mode);

    [LibraryImport("libc", EntryPoint = "remove")]
    private static partial int Remove(byte[] path);

    [LibraryImport("libc", EntryPoint = "mknod")]
    private static partial int MakeNode(byte[] path, uint mode, ulong device);
}
