using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Stores.Memory;

/// <summary>A job in memory. Task rows sit in chunks by ordinal, so that writing one is two array accesses.</summary>
internal sealed class MemoryJob(JobRecord record, long sequence)
{
    // Chunks stay below what the runtime takes for large objects, which only a full collection looks after.
    private const int ChunkBits = 8;
    private const int ChunkSize = 1 << ChunkBits;

    private static readonly PackedTask[] Nothing = new PackedTask[1];

    private Chunk?[] _chunks = new Chunk?[4];

    public JobRecord Record { get; } = record;

    /// <summary>Orders jobs that were created at the same time.</summary>
    public long Sequence { get; } = sequence;

    public JobStatusRecord Status { get; set; } = new() { State = JobState.Queued };

    public string? Owner { get; set; }

    public long Epoch { get; set; }

    public long Rev { get; set; }

    /// <summary>The last batch that wrote this job: tasks are only taken for jobs of their own batch.</summary>
    public long Batch { get; set; }

    /// <summary>True while its part of the present batch is to be left out.</summary>
    public bool Rejected { get; set; }

    public StoredJob Stored => new(Record, Status, Owner, Epoch, Rev);

    public TaskRecord? Find(int ordinal) =>
        Peek(ordinal) is { IsThere: true } row
            ? row.Unpack(Record.Id, ordinal, _chunks[ordinal >> ChunkBits]!.Outputs)
            : null;

    /// <summary>The row as it lies here; one that is not there where nobody wrote it.</summary>
    public ref readonly PackedTask Peek(int ordinal)
    {
        var chunk = ordinal >> ChunkBits;
        return ref (uint)chunk < (uint)_chunks.Length && _chunks[chunk] is { } found
            ? ref found.Rows[ordinal & (ChunkSize - 1)]
            : ref Nothing[0];
    }

    public void Put(TaskRecord row, long rev)
    {
        var index = row.Ordinal >> ChunkBits;
        if (index >= _chunks.Length)
            Array.Resize(ref _chunks, Math.Max(index + 1, _chunks.Length * 2));
        var chunk = _chunks[index] ??= new Chunk();
        var at = row.Ordinal & (ChunkSize - 1);
        chunk.Rows[at] = new PackedTask(row, chunk.Outputs, chunk.Rows[at].Small);
        chunk.Revs[at] = rev;
        chunk.Newest = rev;
    }

    /// <summary>Rows from an ordinal on, in plan order, with the commit that wrote each.</summary>
    public IEnumerable<(TaskRecord Row, long Rev)> Rows(int from = 0, long since = 0, TaskState? state = null)
    {
        for (var c = from >> ChunkBits; c < _chunks.Length; c++)
        {
            if (_chunks[c] is not { } chunk || chunk.Newest <= since)
                continue;
            var first = c << ChunkBits;
            for (var i = Math.Max(0, from - first); i < ChunkSize; i++)
                if (chunk.Rows[i].IsThere && chunk.Revs[i] > since && (state is null || chunk.Rows[i].State == state))
                    yield return (chunk.Rows[i].Unpack(Record.Id, first + i, chunk.Outputs), chunk.Revs[i]);
        }
    }

    public IEnumerable<TaskMark> Marks()
    {
        for (var c = 0; c < _chunks.Length; c++)
            for (var i = 0; _chunks[c] is { } chunk && i < ChunkSize; i++)
                if (chunk.Rows[i].IsThere)
                    yield return chunk.Rows[i].Mark((c << ChunkBits) + i);
    }

    private sealed class Chunk
    {
        public readonly PackedTask[] Rows = new PackedTask[ChunkSize];
        public readonly long[] Revs = new long[ChunkSize];
        public readonly SmallOutputs Outputs = new();
        public long Newest;
    }
}
