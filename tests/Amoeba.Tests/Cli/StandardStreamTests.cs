using Amoeba.Cli;

namespace Amoeba.Tests.Cli;

public class StandardStreamTests
{
    [Fact]
    public void Output_that_cannot_be_written_is_told_once_and_in_words()
    {
        using var stream = new StandardStream(new FullStream(), "standard output cannot be written");
        var failure = Assert.Throws<IOException>(() => stream.Write("a"u8));
        Assert.Equal("standard output cannot be written: full", failure.Message);
        stream.Write("b"u8);
    }

    [Fact]
    public void Words_for_people_who_are_gone_are_dropped()
    {
        using var stream = new StandardStream(new FullStream(), null);
        stream.Write("a"u8);
    }

    [Fact]
    public async Task A_full_standard_output_ends_as_lacking_without_a_trace()
    {
        using var errors = new MemoryStream();
        using var console =
            new CliConsole(new StandardStream(new FullStream(), "standard output cannot be written"), errors)
            {
                OpenInput = () => Stream.Null,
                Folder = Path.GetTempPath(),
            };
        Assert.Equal(ExitCodes.Lacking, await Entry.RunAsync(["--version"], console));
        Assert.Equal("amoeba: standard output cannot be written: full\n",
            System.Text.Encoding.UTF8.GetString(errors.ToArray()));
    }

    [Fact]
    public void Output_that_the_caller_closed_is_dropped_without_a_word()
    {
        using var stream = new StandardStream(new ClosedStream(), "standard output cannot be written");
        stream.Write("a"u8);
    }

    private sealed class ClosedStream : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new UnauthorizedAccessException();
    }

    private sealed class FullStream : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("full");
    }
}
