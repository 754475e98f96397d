using Amoeba.Hosting.Reusing;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Hosting.Reusing;

public sealed class StampsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Stamps_come_back_and_torn_ones_are_none()
    {
        var stamps = new Stamps();
        for (var i = 1u; i <= 1000; i++) stamps.Add($"file {i}", i);
        stamps.Write(_folder.Path);
        var read = Stamps.Read(_folder.Path);
        Assert.Equal(7ul, read.Find("file 7"));
        Assert.Null(read.Find("file 1001"));

        var path = _folder["stamps"];
        var bytes = File.ReadAllBytes(path);
        bytes[3] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Null(Stamps.Read(_folder.Path).Find("file 7"));
        File.WriteAllBytes(path, bytes[..777]);
        Assert.Null(Stamps.Read(_folder.Path).Find("file 7"));
        File.Delete(path);
        Assert.Null(Stamps.Read(_folder.Path).Find("file 7"));
    }

    [Fact]
    public void A_file_is_told_from_itself_before_any_change()
    {
        var path = _folder["f"];
        File.WriteAllText(path, "one");
        var first = FileStamp.Of(path)!.Value;
        Assert.Equal(first, FileStamp.Of(path));
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);
        Assert.NotEqual(first.Digest, FileStamp.Of(path)!.Value.Digest);
        File.CreateSymbolicLink(_folder["link"], path);
        Assert.Equal(FileStamp.Of(path)!.Value.Digest, FileStamp.Of(_folder["link"])!.Value.Digest);
        Assert.Null(FileStamp.Of(_folder["none"]));
        Assert.Null(FileStamp.Of(_folder.Path));
        Assert.Null(FileStamp.Of(_folder["f"] + "/x"));
    }
}
