using System.Globalization;
using Amoeba.Engine.Records;

namespace Amoeba.Outputs;

/// <summary>
/// Appends a job's middling outputs to one file after the other. A segment belongs to the process that made it: another
/// owner starts the next one, so that a torn end after a crash is never written over, nor read, as no row points to it.
/// </summary>
internal sealed class JobSegments(string folder, long rollAt)
{
    private readonly Lock _lock = new();

    /// <summary>Files that hold bytes which are not durable yet; the newest may still grow.</summary>
    private readonly List<FileStream> _dirty = [];
    private FileStream? _file;
    private string _name = "";
    private long _offset;
    private bool _isNew;

    public string Folder => folder;

    public OutputRef Append(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (_file is null || _offset >= rollAt)
                Roll();
            RandomAccess.Write(_file!.SafeFileHandle, bytes, _offset);
            if (!_dirty.Contains(_file))
                _dirty.Add(_file);
            var output = new OutputRef(OutputPlace.Segment, _name, _offset, bytes.Length, XxHash64.Of(bytes), default);
            _offset += bytes.Length;
            return output;
        }
    }

    /// <summary>Makes the bytes durable that were appended before the call.</summary>
    /// <returns>True where the folder has a new name in it, which is its own to be made durable.</returns>
    public bool Flush()
    {
        List<FileStream> dirty;
        bool isNew;
        lock (_lock)
        {
            (dirty, isNew) = ([.. _dirty], _isNew);
            _dirty.Clear();
            _isNew = false;
        }

        foreach (var file in dirty)
        {
            try
            {
                RandomAccess.FlushToDisk(file.SafeFileHandle);
            }
            catch (ObjectDisposedException)
            {
                // Its job was deleted meanwhile.
            }
        }

        lock (_lock)
            foreach (var file in dirty)
                if (file != _file && !_dirty.Contains(file))
                    file.Dispose();
        return isNew;
    }

    /// <summary>Closes the present segment, unless it holds something that is not durable yet.</summary>
    public bool CloseIfClean()
    {
        lock (_lock)
        {
            if (_dirty.Count > 0)
                return false;
            _file?.Dispose();
            _file = null;
            return true;
        }
    }

    /// <summary>Closes everything, durable or not.</summary>
    public void Close()
    {
        lock (_lock)
        {
            foreach (var file in _dirty)
                file.Dispose();
            _dirty.Clear();
            _file?.Dispose();
            _file = null;
        }
    }

    private void Roll()
    {
        if (_file is not null && !_dirty.Contains(_file))
            _file.Dispose();
        _file = null;
        OutputFiles.MakeFolder(folder);
        for (var number = Newest() + 1; _file is null; number++)
        {
            var path = Path.Combine(folder, _name = OutputFiles.Segment(number));
            try
            {
                _file = OutputFiles.Make(path, FileMode.CreateNew);
            }
            catch (IOException) when (File.Exists(path))
            {
                // Another process took the number.
            }
        }

        _offset = 0;
        _isNew = true;
    }

    private int Newest() => Directory.EnumerateFiles(folder, OutputFiles.SegmentPrefix + "*")
        .Select(path => int.TryParse(
            Path.GetFileName(path.AsSpan())[OutputFiles.SegmentPrefix.Length..],
            CultureInfo.InvariantCulture,
            out var number)
            ? number
            : 0)
        .DefaultIfEmpty(0).Max();
}
