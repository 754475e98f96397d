using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Amoeba.Disk;
using Amoeba.Plans;

namespace Amoeba.Sources;

/// <summary>
/// Writes items to the two files of a job's spool: their canonical JSON, a line each, and where each line begins.
/// Everything goes to a folder with a temporary name; <see cref="Commit"/> makes it durable and gives it its own, so
/// that a crash leaves the whole spool or none. Without a target nothing is written, only counted and hashed.
/// </summary>
internal sealed class SpoolWriter : IDisposable
{
    public const string DataFile = "items.jsonl";
    public const string IndexFile = "items.idx";

    private readonly string? _target;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _data = new byte[1 << 16];
    private readonly byte[] _index = new byte[1 << 15];
    private bool _newParent;
    private int _dataUsed;
    private int _indexUsed;
    private long _offset;
    private FileStream? _dataFile;
    private FileStream? _indexFile;

    /// <param name="target">
    /// The job's own folder under `spool`, which must not be there yet; null writes nothing.
    /// </param>
    public SpoolWriter(string? target) => _target = target;

    private string Temporary => _target + ".tmp";

    /// <summary>Items written so far, of all stages.</summary>
    public long Count { get; private set; }

    public void Add(Item item)
    {
        if (_target is not null && _dataFile is null) Begin();
        var json = item.Json;
        var most = Encoding.UTF8.GetMaxByteCount(json.Length) + 1;
        if (_dataUsed + most > _data.Length) Flush(most);
        var length = Encoding.UTF8.GetBytes(json, _data.AsSpan(_dataUsed));
        _data[_dataUsed + length] = (byte)'\n';
        AddOffset();
        _dataUsed += length + 1;
        _offset += length + 1;
        Count++;
    }

    /// <summary>SHA-256 of what was added since the last call, in hex.</summary>
    public string TakeHash()
    {
        Flush(0);
        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    /// <summary>Makes what was added durable under the target's name.</summary>
    /// <exception cref="IOException">It cannot be written; a full disk is said to be one.</exception>
    public void Commit()
    {
        if (_dataFile is null || _indexFile is null) return;
        try
        {
            Write(_dataFile, _indexFile);
        }
        catch (IOException failed) when (FullDisk.Is(failed))
        {
            throw Full(failed);
        }
    }

    private void Write(FileStream data, FileStream index)
    {
        Flush(0);
        AddOffset();
        FlushIndex();
        data.Flush(flushToDisk: true);
        index.Flush(flushToDisk: true);
        data.Dispose();
        index.Dispose();
        FolderSync.Flush(Temporary);
        Directory.Move(Temporary, _target!);
        var parent = Path.GetDirectoryName(_target!)!;
        FolderSync.Flush(parent);
        if (_newParent) FolderSync.Flush(Path.GetDirectoryName(parent)!);
        _dataFile = null;
    }

    /// <summary>Removes what was not committed.</summary>
    public void Dispose()
    {
        _hash.Dispose();
        if (_dataFile is null) return;
        _dataFile.Dispose();
        _indexFile?.Dispose();
        Directory.Delete(Temporary, recursive: true);
    }

    private void Begin()
    {
        _newParent = !Directory.Exists(Path.GetDirectoryName(_target));
        if (Directory.Exists(Temporary)) Directory.Delete(Temporary, recursive: true);
        try
        {
            Directory.CreateDirectory(Temporary);
            _dataFile = Create(DataFile);
            _indexFile = Create(IndexFile);
        }
        catch (IOException failed) when (FullDisk.Is(failed))
        {
            throw Full(failed);
        }
    }

    private FileStream Create(string name) =>
        new(Path.Combine(Temporary, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);

    private void AddOffset()
    {
        if (_indexUsed == _index.Length) FlushIndex();
        BinaryPrimitives.WriteInt64LittleEndian(_index.AsSpan(_indexUsed), _offset);
        _indexUsed += sizeof(long);
    }

    private void FlushIndex()
    {
        Write(_indexFile, _index.AsSpan(0, _indexUsed));
        _indexUsed = 0;
    }

    private void Flush(int room)
    {
        _hash.AppendData(_data, 0, _dataUsed);
        Write(_dataFile, _data.AsSpan(0, _dataUsed));
        _dataUsed = 0;
        if (room > _data.Length) _data = new byte[room];
    }

    private void Write(FileStream? file, ReadOnlySpan<byte> bytes)
    {
        try
        {
            file?.Write(bytes);
        }
        catch (IOException failed) when (FullDisk.Is(failed))
        {
            throw Full(failed);
        }
    }

    private IOException Full(IOException failed) =>
        FullDisk.Error("the job's items in", _target!, "submit the job again: nothing of it was kept", failed);
}
