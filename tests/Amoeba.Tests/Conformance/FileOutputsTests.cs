using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Outputs;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Conformance;

public sealed class FileOutputsTests : OutputsSuite
{
    private readonly TempFolder _folder = new();
    private readonly ManualTime _time = new();

    private protected override IOutputs Open() => new FileOutputs(_folder["outputs"], _time, rollAt: 100_000);

    public override void Dispose()
    {
        base.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Quick_and_small_attempts_leave_no_file()
    {
        for (var i = 0; i < 10; i++)
            Assert.Equal(OutputPlace.Inline, Put(i, Noise(100), 10).Place);
        Assert.False(Directory.Exists(_folder["outputs"]));
    }

    [Fact]
    public void Another_process_sees_what_an_attempt_wrote_once_it_lives_longer()
    {
        using var other = new FileOutputs(_folder["outputs"], TimeProvider.System);
        using var writer = Outputs.Open("j", 4, 2, long.MaxValue);
        writer.Write("so far"u8);
        Assert.Null(other.ReadLive("j", 4, 2, 0));
        _time.Advance(TimeSpan.FromMilliseconds(500));
        using (var reader = new StreamReader(other.ReadLive("j", 4, 2, 3)!))
            Assert.Equal("far", reader.ReadToEnd());
        writer.Write(" so good"u8);
        _time.Advance(TimeSpan.FromMilliseconds(250));
        using (var reader = new StreamReader(other.ReadLive("j", 4, 2, 0)!))
            Assert.Equal("so far so good", reader.ReadToEnd());
        writer.Complete();
        Assert.Null(other.ReadLive("j", 4, 2, 0));
        _time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(0, _time.Waiting);
    }

    [Fact]
    public void Segments_roll_and_a_new_owner_starts_its_own()
    {
        var outputs = Enumerable.Range(0, 30).Select(i => Noise(10_000 + i))
            .Select((bytes, i) => (Bytes: bytes, Ref: Put(i, bytes, 4_000))).ToList();
        Assert.Equal(["seg-0001", "seg-0002", "seg-0003"], outputs.Select(output => output.Ref.Name).Distinct());
        File.AppendAllText(Path.Combine(_folder["outputs"], "j", "seg-0003"), "torn end after a crash");
        using var next = new FileOutputs(_folder["outputs"], _time);
        using var writer = next.Open("j", 99, 1, long.MaxValue);
        writer.Write(Noise(5_000));
        Assert.Equal("seg-0004", writer.Complete().Name);
        Assert.All(outputs, output => Assert.Equal(output.Bytes, Get(output.Ref)));
    }

    [Theory]
    [InlineData(5_000)]
    [InlineData(2_000_000)]
    public void A_changed_byte_and_a_lost_file_are_noticed(int length)
    {
        var output = Put(0, Noise(length), 50_000);
        var path = Path.Combine(_folder["outputs"], "j", output.Name!);
        using (var file = new FileStream(path, FileMode.Open))
        {
            file.Position = 1_000;
            var old = file.ReadByte();
            file.Position = 1_000;
            file.WriteByte((byte)(old ^ 1));
        }

        var damaged = Assert.Throws<OutputDamagedException>(() => Get(output));
        Assert.Contains(path, damaged.Message, StringComparison.Ordinal);
        using (var file = new FileStream(path, FileMode.Open))
            file.SetLength(length - 1);
        Assert.Throws<OutputDamagedException>(() => Get(output));
        File.Delete(path);
        Assert.Throws<OutputDamagedException>(() => Get(output));
    }

    [Fact]
    public void What_dead_attempts_left_is_removed_when_the_job_is_opened_again()
    {
        var kept = Put(0, Noise(2_000_000), 50_000);
        var dead = Outputs.Open("j", 1, 1, long.MaxValue);
        dead.Write(Noise(100_000));
        using var next = new FileOutputs(_folder["outputs"], _time);
        next.CleanLive("none");
        next.CleanLive("j");
        Assert.Null(next.ReadLive("j", 1, 1, 0));
        Assert.Equal(kept.Name,
            Path.GetFileName(Assert.Single(Directory.GetFiles(Path.Combine(_folder["outputs"], "j")))));
        dead.Dispose();
    }

    [Fact]
    public void Files_are_for_their_owner_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }

        var output = Put(0, Noise(5_000), 1_000);
        var folder = Path.Combine(_folder["outputs"], "j");
        const UnixFileMode own = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(own | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        Assert.Equal(own, File.GetUnixFileMode(Path.Combine(folder, output.Name!)));
    }

    [Fact]
    public void A_full_disk_is_said_with_the_place()
    {
        using var disk = SmallDisk.Mount(_folder["small"], bytes: 256 * 1024);
        using var outputs = new FileOutputs(_folder["small"], _time);
        using var writer = outputs.Open("j", 0, 1, long.MaxValue);
        var failed = Assert.Throws<IOException>(() =>
        {
            for (var i = 0; i < 100; i++)
                writer.Write(Noise(10_000));
        });
        Assert.Contains("no room left", failed.Message, StringComparison.Ordinal);
        Assert.Contains(_folder["small"], failed.Message, StringComparison.Ordinal);
    }
}
