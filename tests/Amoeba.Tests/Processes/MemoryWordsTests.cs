using Amoeba.Processes;

namespace Amoeba.Tests.Processes;

public sealed class MemoryWordsTests
{
    [Theory]
    [InlineData(72 << 20, 60 << 20, "72 MB", "60 MB")]
    [InlineData((60 << 20) + 4096, 60 << 20, "60.004 MB", "60 MB")]
    [InlineData(840_000, 1 << 20, "820 KB", "1 MB")]
    [InlineData(900, 1000, "900 bytes", "1000 bytes")]
    [InlineData(3L << 29, 1L << 30, "1.5 GB", "1 GB")]
    [InlineData(1 << 20, 1 << 20, "1 MB", "1 MB")]
    public void Two_sizes_are_told_apart_in_units_of_1024(long seen, long limit, string seenWords, string limitWords) =>
        Assert.Equal((seenWords, limitWords), MemoryWords.Pair(seen, limit));
}
