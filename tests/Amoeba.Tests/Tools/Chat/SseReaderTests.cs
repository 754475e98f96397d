using System.Text;
using Amoeba.Tools.Chat;
using FsCheck;
using FsCheck.Fluent;

namespace Amoeba.Tests.Tools.Chat;

public sealed class SseReaderTests
{
    [Fact]
    public async Task Events_come_out_as_they_are_meant() => Assert.Equal(
        ["one", "two\nlines", "", "last"],
        await ReadAsync(": a comment\n\nevent: x\ndata: one\nid: 1\n\ndata:two\r\ndata: "
            + "lines\r\n\r\ndata\ndata:\n\nretry: 5\rdata: last\r\rdata: cut", 7));

    [Fact]
    public void However_the_bytes_are_cut_the_events_are_the_same() => Prop.ForAll(
        Arb.From(Gen.Choose(1, 40)), Arb.From(Gen.Choose(0, 9000)), (cut, length) =>
        {
            var text = $"data: {new string('a', length)}\r\n\r\ndata: é{length}\n\n";
            Assert.Equal(
                [new string('a', length), $"é{length}"], ReadAsync(text, cut).GetAwaiter().GetResult());
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public async Task An_event_that_is_too_long_is_refused()
    {
        await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync("data: " + new string('x', 2_000_000), 4096));
        await Assert.ThrowsAsync<InvalidDataException>(() =>
            ReadAsync(string.Concat(Enumerable.Repeat("data: " + new string('x', 100_000) + "\n", 20)), 4096));
    }

    private static async Task<List<string>> ReadAsync(string text, int cut)
    {
        using var idle = new IdleClock(null, TimeProvider.System, default);
        await using var stream = new Slices(Encoding.UTF8.GetBytes(text), cut);
        using var reader = new SseReader(stream, idle, 1 << 20);
        var found = new List<string>();
        while (await reader.ReadAsync() is { } data) found.Add(Encoding.UTF8.GetString(data.Span));
        return found;
    }

    /// <summary>Gives so many bytes at a time.</summary>
    private sealed class Slices(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, size)], cancellationToken);
    }
}
