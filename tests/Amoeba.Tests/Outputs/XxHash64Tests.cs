using System.Text;
using Amoeba.Outputs;

namespace Amoeba.Tests.Outputs;

public sealed class XxHash64Tests
{
    [Theory]
    [InlineData("", 0xEF46DB3751D8E999)]
    [InlineData("a", 0xD24EC4F1A98C6E5B)]
    [InlineData("abc", 0x44BC2CF5AD770999)]
    [InlineData("Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1)]
    public void Published_values_come_out(string text, ulong expected) =>
        Assert.Equal(expected, XxHash64.Of(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void Pieces_make_no_difference()
    {
        var bytes = new byte[1_000];
        new Random(1).NextBytes(bytes);
        foreach (var size in new[] { 1, 3, 31, 32, 33, 64, 999 })
        {
            var hash = new XxHash64();
            foreach (var piece in bytes.Chunk(size))
                hash.Add(piece);
            Assert.Equal(XxHash64.Of(bytes), hash.Value);
        }
    }
}
