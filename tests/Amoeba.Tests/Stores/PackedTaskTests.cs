using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Amoeba.Stores.Memory;

namespace Amoeba.Tests.Stores;

public sealed class PackedTaskTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly TaskRecord Full = new()
    {
        Job = "job",
        Ordinal = 300,
        Items = 2,
        State = TaskState.Failed,
        Attempt = 3,
        Failures = 4,
        Losses = 5,
        LossProgress = 6,
        NotBefore = Noon,
        Started = Noon.AddSeconds(1),
        Finished = Noon.AddSeconds(2),
        Child = "child",
        Error = "error",
        Earlier = [new EarlierAttempt(2, "child", "error", null)],
        Output = OutputRef.Of("bytes"u8.ToArray()),
        Figures = new AttemptFigures
        {
            Spawn = 1,
            Execution = 2,
            Teardown = 3,
            PeakMemory = 4,
            CpuSeconds = 5,
            OutputBytes = 6,
            Tokens = new TokenCounts(7, 8, 9),
            CostUsd = 10,
            Tool = "tool",
            Note = "note",
            Reused = "earlier",
        },
    };

    [Fact]
    public void Every_value_of_a_row_comes_back()
    {
        var back = Packed(Full);
        Assert.Equal("bytes"u8, back.Output.Inline.Span);
        Assert.Equal(Full, back with { Output = Full.Output });
        AssertAllSet(Full, new TaskRecord { Job = "", Ordinal = 0, State = default, Attempt = 0 });
        AssertAllSet(Full.Figures!, new AttemptFigures());
    }

    [Fact]
    public void What_is_not_there_stays_away()
    {
        var row = new TaskRecord { Job = "job", Ordinal = 1, State = TaskState.Waiting, Attempt = 0 };
        Assert.Equal(row, Packed(row));
        Assert.False(default(PackedTask).IsThere);
    }

    [Fact]
    public void An_output_that_is_not_all_of_its_bytes_comes_back_as_it_is()
    {
        var part = Full with { Output = OutputRef.Of(new byte[1000].AsMemory(1, 998)) };
        var segment = Full with { Output = new OutputRef(OutputPlace.Segment, "s", 1, 2, 3, default) };
        Assert.Equal(part, Packed(part));
        Assert.Equal(segment, Packed(segment));
    }

    [Fact]
    public void A_small_output_takes_the_place_of_the_rows_last_one_and_of_no_others()
    {
        var outputs = new SmallOutputs();
        var first = new PackedTask(Full, outputs);
        var other = new PackedTask(Full with { Output = OutputRef.Of("other"u8.ToArray()) }, outputs);
        var again = new PackedTask(Full with { Output = OutputRef.Of("new"u8.ToArray()) }, outputs, first.Small);
        Assert.Equal("new"u8, again.Unpack("job", 1, outputs).Output.Inline.Span);
        var longer = new PackedTask(Full with { Output = OutputRef.Of("longer"u8.ToArray()) }, outputs, again.Small);
        Assert.Equal(first.Small.At, again.Small.At);
        Assert.Equal("other"u8, other.Unpack("job", 2, outputs).Output.Inline.Span);
        Assert.Equal("longer"u8, longer.Unpack("job", 1, outputs).Output.Inline.Span);
    }

    private static TaskRecord Packed(TaskRecord row)
    {
        var outputs = new SmallOutputs();
        return new PackedTask(row, outputs).Unpack(row.Job, row.Ordinal, outputs);
    }

    /// <summary>A column that is added to the records and forgotten here would go unseen.</summary>
    private static void AssertAllSet<T>(T full, T empty)
    {
        foreach (var property in typeof(T).GetProperties())
            Assert.NotEqual(property.GetValue(empty), property.GetValue(full));
    }
}
