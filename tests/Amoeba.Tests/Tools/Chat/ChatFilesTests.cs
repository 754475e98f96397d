using Amoeba.Tests.Fakes;
using Amoeba.Tools.Chat;
using Microsoft.Extensions.AI;

namespace Amoeba.Tests.Tools.Chat;

public sealed class ChatFilesTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Kinds_are_told_by_what_is_in_a_file()
    {
        (string Name, byte[] Bytes, string Kind)[] files =
        [
            ("a.txt", Pictures.Png, MediaKind.Png),
            ("b.png", [0xFF, 0xD8, 0xFF, 0xE0], MediaKind.Jpeg),
            ("c", [.. "GIF89a"u8], MediaKind.Gif),
            ("d", [.. "RIFF\0\0\0\0WEBPVP8 "u8], MediaKind.Webp),
        ];
        foreach (var (name, bytes, _) in files) File.WriteAllBytes(_folder[name], bytes);
        var read = ChatFiles.Read([.. files.Select(file => file.Name)], [], _folder[""]);
        Assert.Equal(files.Select(file => file.Kind), read.Cast<DataContent>().Select(content => content.MediaType));
        File.WriteAllBytes(_folder["e"], [.. "RIFF\0\0\0\0WAVEfmt "u8]);
        File.WriteAllBytes(_folder["f"], [.. "ID3\u0004"u8]);
        var sounds = ChatFiles.Read([], ["e", "f"], _folder[""]);
        Assert.Equal([MediaKind.Wav, MediaKind.Mp3], sounds.Cast<DataContent>().Select(content => content.MediaType));
    }

    [Fact]
    public void Links_and_data_need_no_file()
    {
        var read = ChatFiles.Read(
            ["https://a.example/b.png", "data:image/png;base64," + Convert.ToBase64String(Pictures.Png)],
            [], _folder[""]);
        Assert.Equal("https://a.example/b.png", Assert.IsType<UriContent>(read[0]).Uri.ToString());
        Assert.Equal(Pictures.Png, Assert.IsType<DataContent>(read[1]).Data.ToArray());
    }

    [Theory]
    [InlineData("missing.png", "is not there")]
    [InlineData("text.png", "is none of: image/png")]
    [InlineData("data:image/png;base64,!!!", "a data URL")]
    public void What_is_no_picture_is_refused_with_words(string name, string words)
    {
        File.WriteAllText(_folder["text.png"], "hello");
        var refused = Assert.Throws<ChatFailureException>(() => ChatFiles.Read([name], [], _folder[""]));
        Assert.Equal(ChatFailure.Hopeless, refused.Kind);
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_have_a_largest_size()
    {
        using (var file = File.Create(_folder["big.png"])) file.SetLength(ChatFiles.MostOfOne + 1);
        foreach (var name in (string[])["big.png", "/dev/zero"])
        {
            var refused = Assert.Throws<ChatFailureException>(() => ChatFiles.Read([name], [], _folder[""]));
            Assert.Contains("larger than 20 MB", refused.Message, StringComparison.Ordinal);
        }
    }
}
