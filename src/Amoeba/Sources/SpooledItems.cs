using System.Buffers;
using System.Buffers.Binary;
using Amoeba.Plans;
using Microsoft.Win32.SafeHandles;

namespace Amoeba.Sources;

/// <summary>The items of a job's spool files, read by number straight from the files.</summary>
internal sealed class SpoolFile : IDisposable
{
    private readonly string _folder;
    private readonly SafeFileHandle _data;
    private readonly SafeFileHandle _index;

    /// <exception cref="InvalidDataException">The spool is missing or damaged.</exception>
    public SpoolFile(string folder)
    {
        _folder = folder;
        try
        {
            _data = File.OpenHandle(Path.Combine(folder, SpoolWriter.DataFile));
            _index = File.OpenHandle(Path.Combine(folder, SpoolWriter.IndexFile));
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            _data?.Dispose();
            throw new InvalidDataException($"{folder}: the spool with the job's items is missing.", exception);
        }

        Count = RandomAccess.GetLength(_index) / sizeof(long) - 1;
        Span<byte> end = stackalloc byte[sizeof(long)];
        if (Count < 0 || Fill(_index, end, Count * sizeof(long)) < end.Length
            || BinaryPrimitives.ReadInt64LittleEndian(end) != RandomAccess.GetLength(_data))
        {
            Dispose();
            throw Damaged();
        }
    }

    public long Count { get; }

    public Item Read(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        Span<byte> offsets = stackalloc byte[2 * sizeof(long)];
        if (Fill(_index, offsets, index * sizeof(long)) < offsets.Length) throw Damaged();
        var start = BinaryPrimitives.ReadInt64LittleEndian(offsets);
        var length = BinaryPrimitives.ReadInt64LittleEndian(offsets[sizeof(long)..]) - start - 1;
        if (start < 0 || length is < 0 or > int.MaxValue) throw Damaged();
        var rented = length > 1024 ? ArrayPool<byte>.Shared.Rent((int)length) : null;
        try
        {
            Span<byte> small = stackalloc byte[1024];
            var line = (rented ?? small)[..(int)length];
            if (Fill(_data, line, start) < line.Length) throw Damaged();
            return Item.Parse(line);
        }
        catch (PlanException)
        {
            throw Damaged();
        }
        finally
        {
            if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        }
    }

    public void Dispose()
    {
        _data.Dispose();
        _index?.Dispose();
    }

    private static int Fill(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        var total = 0;
        while (total < bytes.Length && RandomAccess.Read(file, bytes[total..], offset + total) is > 0 and var read)
            total += read;
        return total;
    }

    private InvalidDataException Damaged() => new($"{_folder}: the spool with the job's items is damaged.");
}

/// <summary>The part of a spool that is one stage's.</summary>
internal sealed class SpooledItems(SpoolFile file, long first, long count) : IItems
{
    public long Count => count;

    public Item Read(long index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, count);
        return file.Read(first + index);
    }
}
