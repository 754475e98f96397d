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
        Assert.Equal(Full, new PackedTask(Full).Unpack(Full.Job, Full.Ordinal));
        AssertAllSet(Full, new TaskRecord { Job = "", Ordinal = 0, State = default, Attempt = 0 });
        AssertAllSet(Full.Figures!, new AttemptFigures());
    }

    [Fact]
    public void What_is_not_there_stays_away()
    {
        var row = new TaskRecord { Job = "job", Ordinal = 1, State = TaskState.Waiting, Attempt = 0 };
        Assert.Equal(row, new PackedTask(row).Unpack("job", 1));
        Assert.False(default(PackedTask).IsThere);
    }

    [Fact]
    public void An_output_that_is_not_all_of_its_bytes_comes_back_as_it_is()
    {
        var part = Full with { Output = OutputRef.Of("bytes"u8.ToArray().AsMemory(1, 2)) };
        var segment = Full with { Output = new OutputRef(OutputPlace.Segment, "s", 1, 2, 3, default) };
        Assert.Equal(part, new PackedTask(part).Unpack("job", 300));
        Assert.Equal(segment, new PackedTask(segment).Unpack("job", 300));
    }

    /// <summary>A column that is added to the records and forgotten here would go unseen.</summary>
    private static void AssertAllSet<T>(T full, T empty)
    {
        foreach (var property in typeof(T).GetProperties())
            Assert.NotEqual(property.GetValue(empty), property.GetValue(full));
    }
}
