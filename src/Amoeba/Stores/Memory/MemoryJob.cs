using Amoeba.Engine.Records;

namespace Amoeba.Stores.Memory;

/// <summary>A job in memory. Task rows sit in chunks by ordinal, so that writing one is two array accesses.</summary>
internal sealed class MemoryJob(JobRecord record, long sequence)
{
    private const int ChunkBits = 10;
    private const int ChunkSize = 1 << ChunkBits;

    private Chunk?[] _chunks = new Chunk?[4];

    public JobRecord Record { get; } = record;

    /// <summary>Orders jobs that were created at the same time.</summary>
    public long Sequence { get; } = sequence;

    public JobStatusRecord Status { get; set; } = new() { State = Jobs.JobState.Queued };

    public string? Owner { get; set; }

    public long Epoch { get; set; }

    public long Rev { get; set; }

    /// <summary>The last batch that wrote this job: tasks are only taken for jobs of their own batch.</summary>
    public long Batch { get; set; }

    /// <summary>True while its part of the present batch is to be left out.</summary>
    public bool Rejected { get; set; }

    public StoredJob Stored => new(Record, Status, Owner, Epoch, Rev);

    public TaskRecord? Find(int ordinal)
    {
        var chunk = ordinal >> ChunkBits;
        return (uint)chunk < (uint)_chunks.Length ? _chunks[chunk]?.Rows[ordinal & (ChunkSize - 1)] : null;
    }

    public void Put(TaskRecord row, long rev)
    {
        var index = row.Ordinal >> ChunkBits;
        if (index >= _chunks.Length)
            Array.Resize(ref _chunks, Math.Max(index + 1, _chunks.Length * 2));
        var chunk = _chunks[index] ??= new Chunk();
        chunk.Rows[row.Ordinal & (ChunkSize - 1)] = row;
        chunk.Revs[row.Ordinal & (ChunkSize - 1)] = rev;
        chunk.Newest = rev;
    }

    /// <summary>Rows from an ordinal on, in plan order, with the commit that wrote each.</summary>
    public IEnumerable<(TaskRecord Row, long Rev)> Rows(int from = 0, long since = 0)
    {
        for (var c = from >> ChunkBits; c < _chunks.Length; c++)
        {
            if (_chunks[c] is not { } chunk || chunk.Newest <= since)
                continue;
            for (var i = 0; i < ChunkSize; i++)
                if (chunk.Rows[i] is { } row && row.Ordinal >= from && chunk.Revs[i] > since)
                    yield return (row, chunk.Revs[i]);
        }
    }

    private sealed class Chunk
    {
        public readonly TaskRecord?[] Rows = new TaskRecord?[ChunkSize];
        public readonly long[] Revs = new long[ChunkSize];
        public long Newest;
    }
}
