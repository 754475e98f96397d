using System.Buffers.Binary;
using System.Text;
using Amoeba.Disk;
using Amoeba.Plans;
using Microsoft.Win32.SafeHandles;

namespace Amoeba.Sources;

/// <summary>
/// The items of a stage that flow from another task's results: appended as they appear, never changed, in two files of
/// the job's spool. `flow-N.jsonl` has the items, a line each; `flow-N.chunks` a record for each result, written once
/// its lines are on the disk: what it does not name is not there. A result is taken once, whoever appends it: two
/// parents that meet over a job find each other's records under the lock. Safe from any thread.
/// </summary>
internal sealed class FlowItems : IItems, IDisposable
{
    private const int RecordSize = 24;
    private const int WouldBlock = 11;
    private const int WouldBlockOnMac = 35;
    private const int SharingViolation = unchecked((int)0x80070020);

    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly string _name;
    private readonly List<FlowChunk> _chunks = [];
    private readonly HashSet<int> _sources = [];
    private readonly List<long> _ends = [];
    private SafeFileHandle? _data;
    private long _read;

    /// <param name="folder">The job's folder under `spool`.</param>
    /// <param name="stage">Place of the stage in the plan.</param>
    /// <exception cref="InvalidDataException">The files are damaged.</exception>
    public FlowItems(string folder, int stage)
    {
        _folder = folder;
        _name = FormattableString.Invariant($"flow-{stage}");
        Refresh();
    }

    public long Count
    {
        get
        {
            lock (_gate) return _ends.Count;
        }
    }

    /// <summary>What came so far, in the order it came.</summary>
    public IReadOnlyList<FlowChunk> Chunks
    {
        get
        {
            lock (_gate) return [.. _chunks];
        }
    }

    private string DataPath => Path.Combine(_folder, _name + ".jsonl");

    private string ChunksPath => Path.Combine(_folder, _name + ".chunks");

    /// <summary>Looks what another process appended since.</summary>
    public void Refresh()
    {
        lock (_gate)
        {
            if (!File.Exists(ChunksPath)) return;
            using var records = File.OpenHandle(ChunksPath, share: FileShare.ReadWrite);
            ReadRecords(records);
        }
    }

    public Item Read(long index)
    {
        lock (_gate)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, _ends.Count);
            var start = index == 0 ? 0 : _ends[(int)index - 1];
            var line = new byte[_ends[(int)index] - start - 1];
            if (Fill(_data!, line, start) < line.Length) throw Damaged();
            try
            {
                return Item.Parse(line);
            }
            catch (PlanException)
            {
                throw Damaged();
            }
        }
    }

    /// <summary>Appends what one result yielded, and makes it durable, unless it is there already.</summary>
    /// <returns>The records that this object had not seen, in their order; its own is among
    /// them the first time.</returns>
    /// <exception cref="IOException">The disk cannot take it; nothing was appended.</exception>
    public IReadOnlyList<FlowChunk> Append(int source, IReadOnlyList<Item> items) => Append([(source, items)]);

    /// <summary>
    /// As for one, for several that are there at once: the disk is waited for twice, however many they are.
    /// </summary>
    public IReadOnlyList<FlowChunk> Append(IReadOnlyList<(int Source, IReadOnlyList<Item> Items)> results)
    {
        lock (_gate)
        {
            var known = _chunks.Count;
            Directory.CreateDirectory(_folder);
            // Held for the length of an append: an earlier owner of the job may still be at it.
            using var one = Lock();
            using var records = File.OpenHandle(
                ChunksPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
            ReadRecords(records);
            try
            {
                var fresh = results.Where(result => !_sources.Contains(result.Source))
                    .DistinctBy(result => result.Source).ToList();
                if (fresh.Count > 0) Write(records, fresh);
            }
            catch (IOException full) when (FullDisk.Is(full))
            {
                throw FullDisk.Error("the items that flow", DataPath, "go on with `amoeba resume`", full);
            }

            return _chunks[known..];
        }
    }

    public void Dispose()
    {
        lock (_gate) _data?.Dispose();
    }

    private void Write(SafeFileHandle records, List<(int Source, IReadOnlyList<Item> Items)> results)
    {
        var start = _ends.Count == 0 ? 0 : _ends[^1];
        var first = _ends.Count;
        var lines = new MemoryStream();
        var chunks = new byte[results.Count * RecordSize];
        for (var i = 0; i < results.Count; i++)
        {
            var (source, items) = results[i];
            foreach (var item in items)
            {
                lines.Write(Encoding.UTF8.GetBytes(item.Json));
                lines.WriteByte((byte)'\n');
            }

            Encode(chunks.AsSpan(i * RecordSize, RecordSize),
                new FlowChunk(source, first, items.Count), start + lines.Length);
            first += items.Count;
        }

        using (var data = File.OpenHandle(DataPath, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite))
        {
            RandomAccess.SetLength(data, start); // what a crash left behind the last record
            RandomAccess.Write(data, lines.GetBuffer().AsSpan(0, (int)lines.Length), start);
            RandomAccess.FlushToDisk(data);
        }

        RandomAccess.Write(records, chunks, _read);
        RandomAccess.FlushToDisk(records);
        if (_read == 0) FolderSync.Flush(_folder);
        ReadRecords(records);
    }

    /// <summary>Waits while another holds it, which is for the length of one append.</summary>
    private SafeFileHandle Lock()
    {
        var spin = new SpinWait();
        while (true)
        {
            try
            {
                return File.OpenHandle(
                    Path.Combine(_folder, _name + ".lock"),
                    FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException error) when (error.HResult is WouldBlock or WouldBlockOnMac or SharingViolation)
            {
                spin.SpinOnce();
            }
        }
    }

    private void ReadRecords(SafeFileHandle records)
    {
        Span<byte> record = stackalloc byte[RecordSize];
        while (Fill(records, record, _read) == RecordSize)
        {
            if (!TryDecode(record, out var chunk, out var end))
            {
                if (RandomAccess.GetLength(records) <= _read + RecordSize) return; // torn by a crash: never was
                throw Damaged();
            }

            if (chunk.First != _ends.Count) throw Damaged();
            Take(chunk, end);
            _read += RecordSize;
        }
    }

    /// <summary>Finds where the lines of a chunk end.</summary>
    private void Take(FlowChunk chunk, long end)
    {
        _data ??= File.OpenHandle(DataPath, share: FileShare.ReadWrite);
        var at = _ends.Count == 0 ? 0 : _ends[^1];
        var buffer = new byte[1 << 16];
        var lines = 0;
        while (at < end)
        {
            var count = RandomAccess.Read(_data, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at)), at);
            if (count <= 0) throw Damaged();
            for (var i = 0; i < count; i++)
            {
                if (buffer[i] != '\n') continue;
                _ends.Add(at + i + 1);
                lines++;
            }

            at += count;
        }

        if (lines != chunk.Count || (lines > 0 && _ends[^1] != end)) throw Damaged();
        _chunks.Add(chunk);
        _sources.Add(chunk.Source);
    }

    private static void Encode(Span<byte> record, FlowChunk chunk, long end)
    {
        BinaryPrimitives.WriteInt32LittleEndian(record, chunk.Source);
        BinaryPrimitives.WriteInt32LittleEndian(record[4..], chunk.First);
        BinaryPrimitives.WriteInt32LittleEndian(record[8..], chunk.Count);
        BinaryPrimitives.WriteInt64LittleEndian(record[12..], end);
        BinaryPrimitives.WriteUInt32LittleEndian(record[20..], Check(record[..20]));
    }

    private static bool TryDecode(ReadOnlySpan<byte> record, out FlowChunk chunk, out long end)
    {
        chunk = new FlowChunk(
            BinaryPrimitives.ReadInt32LittleEndian(record),
            BinaryPrimitives.ReadInt32LittleEndian(record[4..]),
            BinaryPrimitives.ReadInt32LittleEndian(record[8..]));
        end = BinaryPrimitives.ReadInt64LittleEndian(record[12..]);
        return BinaryPrimitives.ReadUInt32LittleEndian(record[20..]) == Check(record[..20]);
    }

    /// <summary>FNV-1a, 32 bits: tells a record that was torn from one that was written whole.</summary>
    private static uint Check(ReadOnlySpan<byte> bytes)
    {
        var hash = 2166136261u;
        foreach (var one in bytes) hash = unchecked((hash ^ one) * 16777619u);
        return hash;
    }

    private static int Fill(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        var total = 0;
        while (total < bytes.Length && RandomAccess.Read(file, bytes[total..], offset + total) is > 0 and var read)
            total += read;
        return total;
    }

    private InvalidDataException Damaged() => new($"{_folder}: the items of {_name} are damaged.");
}
