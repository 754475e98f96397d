using System.Text;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;

namespace Amoeba.Tests.Conformance;

/// <summary>What every place for outputs does.</summary>
public abstract class OutputsSuite : IDisposable
{
    private readonly Lazy<IOutputs> _outputs;

    protected OutputsSuite() => _outputs = new Lazy<IOutputs>(Open);

    private protected IOutputs Outputs => _outputs.Value;

    private protected abstract IOutputs Open();

    public virtual void Dispose()
    {
        if (_outputs.IsValueCreated)
            (_outputs.Value as IDisposable)?.Dispose();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(1_048_576)]
    [InlineData(1_048_577)]
    [InlineData(3_000_000)]
    public void Bytes_come_back_whatever_their_number(int length)
    {
        var bytes = Noise(length);
        var output = Put(0, bytes, pieces: 7_000);
        Assert.Equal(length, output.Length);
        Assert.Equal(length == 0, output == OutputRef.None);
        Assert.Equal(bytes, Get(output));
        Assert.Equal(bytes, File.ReadAllBytes(Outputs.Materialize("j", 0, output)));
        Assert.Equal(Outputs.Materialize("j", 0, output), Outputs.Materialize("j", 0, output));
    }

    [Fact]
    public void Many_outputs_at_once_do_not_mix()
    {
        var outputs = new (byte[] Bytes, OutputRef Ref)[200];
        Parallel.For(0, outputs.Length, i =>
        {
            var bytes = Noise(i * 700);
            outputs[i] = (bytes, Put(i, bytes, pieces: 1_000));
            if (i % 10 == 0)
                Outputs.Flush();
        });
        Outputs.Flush();
        foreach (var (bytes, output) in outputs)
            Assert.Equal(bytes, Get(output));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(100_000)]
    [InlineData(2_000_000)]
    public void At_the_limit_what_came_before_it_is_kept(int limit)
    {
        var bytes = Noise(limit + 1);
        using var writer = Outputs.Open("j", 0, 1, limit);
        Assert.True(writer.Write(bytes.AsSpan(0, limit - 1)));
        Assert.True(writer.Write(bytes.AsSpan(limit - 1, 1)));
        Assert.False(writer.Write(bytes.AsSpan(limit, 1)));
        Assert.Equal(limit, writer.Length);
        Assert.Equal(bytes.AsSpan(0, limit).ToArray(), Get(writer.Complete()));
    }

    [Fact]
    public void What_a_living_attempt_wrote_is_seen_from_any_offset_until_it_ends()
    {
        Assert.Null(Outputs.ReadLive("j", 0, 1, 0));
        using var writer = Outputs.Open("j", 0, 1, long.MaxValue);
        writer.Write("first "u8);
        Assert.Equal("first ", Live(0));
        writer.Write("second"u8);
        Assert.Equal("second", Live(6));
        Assert.Equal("", Live(12));
        var long_ = Noise(100_000);
        writer.Write(long_);
        writer.Write("end"u8);
        Assert.Equal("end", Live(12 + long_.Length));
        Assert.Null(Outputs.ReadLive("j", 0, 2, 0));
        Assert.Equal("first second"u8.ToArray(), Get(writer.Complete())[..12]);
        Assert.Null(Outputs.ReadLive("j", 0, 1, 0));
    }

    [Fact]
    public void A_small_output_that_was_watched_is_small_in_the_end()
    {
        using var writer = Outputs.Open("j", 0, 1, 100);
        writer.Write("watched"u8);
        Assert.Equal("watched", Live(0));
        Assert.Equal(OutputPlace.Inline, writer.Complete().Place);
    }

    [Fact]
    public void A_writer_that_is_given_up_keeps_nothing_and_takes_nothing()
    {
        var writer = Outputs.Open("j", 0, 1, long.MaxValue);
        writer.Write(Noise(200_000));
        writer.Dispose();
        writer.Dispose();
        Assert.Null(Outputs.ReadLive("j", 0, 1, 0));
        Assert.Throws<ObjectDisposedException>(() => writer.Write("more"u8));
        Assert.Throws<ObjectDisposedException>(() => writer.Complete());
    }

    [Fact]
    public void A_deleted_job_takes_its_outputs_along_and_leaves_others()
    {
        Put(0, Noise(100_000), 1000);
        var other = Put(0, Noise(5_000), 1000, job: "k");
        var copy = Outputs.Materialize("j", 3, OutputRef.Of("text"u8.ToArray()));
        Outputs.Delete("j");
        Outputs.Delete("j");
        Outputs.Flush();
        Assert.False(File.Exists(copy));
        Assert.Equal(5_000, Get(other, "k").Length);
        Assert.Equal("again"u8.ToArray(), Get(Put(0, "again"u8.ToArray(), 9)));
    }

    private protected static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private protected OutputRef Put(int ordinal, byte[] bytes, int pieces, string job = "j")
    {
        using var writer = Outputs.Open(job, ordinal, 1, long.MaxValue);
        foreach (var piece in bytes.Chunk(pieces))
            Assert.True(writer.Write(piece));
        var output = writer.Complete();
        Outputs.Flush();
        return output;
    }

    private protected byte[] Get(OutputRef output, string job = "j")
    {
        using var stream = Outputs.Read(job, output);
        var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private string Live(long offset)
    {
        using var reader = new StreamReader(Outputs.ReadLive("j", 0, 1, offset)!, Encoding.Latin1);
        return reader.ReadToEnd();
    }
}
