using System.Collections.Concurrent;
using Amoeba.Disk;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;

namespace Amoeba.Outputs;

/// <summary>
/// Outputs in a folder a job: small ones go into the task's row, middling ones into segments, large ones into files of
/// their own. A quick attempt with little to say never touches the disk by itself.
/// </summary>
internal sealed class FileOutputs : IOutputs, IDisposable
{
    /// <summary>A segment that reached this many bytes takes no more.</summary>
    private const long RollAt = 64L * 1024 * 1024;

    /// <summary>Jobs whose segment is kept open between flushes.</summary>
    private const int MostOpenJobs = 64;

    private readonly string _folder;
    private readonly long _rollAt;
    private readonly ConcurrentDictionary<string, JobSegments> _segments = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<AttemptKey, FileOutputWriter> _writers = new();
    private readonly LiveFlusher _flusher;
    private readonly TimeProvider _time;
    private readonly Lock _flushing = new();
    private readonly HashSet<string> _synced = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private IOException? _failed;
    private List<JobSegments> _dirty = [];
    private List<(string Job, FileStream File)> _files = [];

    /// <param name="folder">The home's `outputs`; made when first needed.</param>
    /// <param name="time">Drives the view of living attempts.</param>
    /// <param name="rollAt">Bytes after which a segment takes no more.</param>
    public FileOutputs(string folder, TimeProvider time, long rollAt = RollAt)
    {
        _folder = folder;
        _rollAt = rollAt;
        _time = time;
        _flusher = new LiveFlusher(time, _writers);
    }

    public IOutputWriter Open(string job, int ordinal, int attempt, long limit) =>
        new FileOutputWriter(this, job, ordinal, attempt, limit);

    public void Flush()
    {
        lock (_flushing)
        {
            // What the disk holds after a failed flush is unknown, and the next would claim success: it stays failed.
            if (_failed is not null)
                throw new IOException(_failed.Message, _failed);
            try
            {
                FlushAll();
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
            {
                _failed = OutputFiles.Failed(_folder, failed);
                throw _failed;
            }
        }
    }

    public Stream Read(string job, OutputRef output)
    {
        if (output.Place is OutputPlace.None or OutputPlace.Inline)
            return new MemoryStream(output.Inline.ToArray(), writable: false);
        var path = Path.Combine(FolderOf(job), output.Name!);
        FileStream file;
        try
        {
            file = OutputFiles.OpenToRead(path);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Damaged(path);
        }

        if (output.Place == OutputPlace.File)
            return file.Length == output.Length ? new CheckedStream(file, output.Hash) : throw DamagedAnd(file);
        using (file)
        {
            var bytes = new byte[output.Length];
            file.Position = output.Offset;
            var whole = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length;
            return whole && XxHash64.Of(bytes) == output.Hash
                ? new MemoryStream(bytes, writable: false)
                : throw Damaged(path);
        }
    }

    public string Materialize(string job, int ordinal, OutputRef output)
    {
        if (output.Place == OutputPlace.File)
            return Path.Combine(FolderOf(job), output.Name!);
        using var from = Read(job, output);
        return OutputCopies.Make(FolderOf(job), ordinal, (MemoryStream)from);
    }

    public Stream? ReadLive(string job, int ordinal, int attempt, long offset)
    {
        if (_writers.TryGetValue(new AttemptKey(job, ordinal, attempt), out var writer))
            writer.Mirror();
        try
        {
            var file = OutputFiles.OpenToRead(Path.Combine(FolderOf(job), OutputFiles.Live(ordinal, attempt)));
            file.Position = offset;
            return file;
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public void CleanLive(string job)
    {
        var folder = FolderOf(job);
        if (!Directory.Exists(folder))
            return;
        foreach (var path in Directory.EnumerateFiles(folder, OutputFiles.LivePrefix + "*"))
            File.Delete(path);
    }

    public void Delete(string job)
    {
        if (_segments.TryRemove(job, out var segments))
            segments.Close();
        if (Directory.Exists(FolderOf(job)))
            Directory.Delete(FolderOf(job), recursive: true);
    }

    public void Dispose()
    {
        _flusher.Dispose();
        foreach (var segments in _segments.Values)
            segments.Close();
        lock (_lock)
            foreach (var (_, file) in _files)
                file.Dispose();
    }

    internal static OutputDamagedException Damaged(string path) => new(
        $"The output {path} is gone or was changed since it was recorded. Put it back from a copy, "
            + "or run the plan again.");

    internal string FolderOf(string job) => Path.Combine(_folder, job);

    internal long Now => _time.GetTimestamp();

    internal void Watch(FileOutputWriter writer) => _flusher.Watch(writer);

    internal void Unwatch(FileOutputWriter writer) => _writers.TryRemove(writer.Key, out _);

    internal OutputRef Append(string job, ReadOnlySpan<byte> bytes)
    {
        var segments = _segments.GetOrAdd(
            job, static (id, self) => new JobSegments(self.FolderOf(id), self._rollAt), this);
        try
        {
            var output = segments.Append(bytes);
            lock (_lock)
                if (!_dirty.Contains(segments))
                    _dirty.Add(segments);
            return output;
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw OutputFiles.Failed(FolderOf(job), failed);
        }
    }

    internal void FlushLater(string job, FileStream file)
    {
        lock (_lock)
            _files.Add((job, file));
    }

    private static OutputDamagedException DamagedAnd(FileStream file)
    {
        file.Dispose();
        return Damaged(file.Name);
    }

    private void FlushAll()
    {
        List<JobSegments> dirty;
        List<(string Job, FileStream File)> files;
        lock (_lock)
        {
            (dirty, _dirty) = (_dirty, []);
            (files, _files) = (_files, []);
        }

        var folders = new HashSet<string>(StringComparer.Ordinal);
        foreach (var segments in dirty)
            if (segments.Flush())
                folders.Add(segments.Folder);
        foreach (var (job, file) in files)
        {
            using (file)
                RandomAccess.FlushToDisk(file.SafeFileHandle);
            folders.Add(FolderOf(job));
        }

        var isNew = false;
        foreach (var folder in folders)
        {
            FolderSync.Flush(folder);
            isNew |= _synced.Add(folder);
        }

        if (isNew)
            FolderSync.Flush(_folder);
        CloseIdle();
    }

    // A closed segment is not gone on with, so only jobs beyond what is usual pay with a new one.
    private void CloseIdle()
    {
        if (_segments.Count <= MostOpenJobs)
            return;
        foreach (var (job, segments) in _segments)
            if (segments.CloseIfClean())
                _segments.TryRemove(job, out _);
    }
}
