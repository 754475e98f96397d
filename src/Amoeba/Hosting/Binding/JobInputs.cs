using System.Collections.Concurrent;
using System.Text;
using Amoeba.Disk;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Plans;

namespace Amoeba.Hosting.Binding;

/// <summary>
/// The outputs of stages as what needs them gets them: as text, or as files that are made when they are first asked
/// for and then shared. Safe from any thread.
/// </summary>
/// <param name="job">The job.</param>
/// <param name="store">Where its tasks' rows are.</param>
/// <param name="outputs">Where their outputs are.</param>
/// <param name="folder">Where the files go; made when needed.</param>
/// <param name="suffix">Part of the files' names: what is made anew leaves alone what others still read.</param>
internal sealed class JobInputs(JobContext job, IStoreReader store, IOutputs outputs, string folder, string suffix = "")
{
    /// <summary>The longest text that `{tasks.ID.output}` gives: no program can be given a longer argument.</summary>
    internal const int LongestText = 128 * 1024;

    private readonly ConcurrentDictionary<string, Lazy<string>> _made = new(StringComparer.Ordinal);

    /// <summary>Where the files of a job's inputs are.</summary>
    public static string FolderOf(string outputs, string job) => Path.Combine(outputs, job, "inputs");

    /// <summary>The outputs of a stage without their trailing newlines, one a line where it has items.</summary>
    /// <exception cref="PlanException">They are too long to be part of an argument.</exception>
    public string Text(StageContext stage) => Once($"text {stage.First}", () => ReadText(stage));

    /// <summary>
    /// A file with a stage's output exactly as it is; of a stage with items, what <see cref="Lines"/> gives.
    /// </summary>
    public string File(StageContext stage)
    {
        if (stage.Items is not null) return Lines([stage]);
        return Once($"file {stage.First}", () => Guarded(() =>
        {
            var output = Succeeded(stage).FirstOrDefault()?.Output ?? OutputRef.None;
            return job.IsContained ? Copy(output, stage) : outputs.Materialize(job.Id, stage.First, output);
        }));
    }

    /// <summary>A container sees the folder of inputs, and not where outputs are kept.</summary>
    private string Copy(OutputRef output, StageContext stage)
    {
        var path = Path.Combine(Directory.CreateDirectory(folder).FullName, $"file-{NumberOf(stage)}{suffix}.out");
        using var from = outputs.Read(job.Id, output);
        using var into = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
        from.CopyTo(into);
        return path;
    }

    /// <summary>
    /// A file with the outputs of stages, in the given order and within each in plan order, each ending in a newline.
    /// </summary>
    public string Lines(IReadOnlyList<StageContext> stages)
    {
        var name = $"of-{string.Join('-', stages.Select(NumberOf))}{suffix}.txt";
        // A list of very many needs makes a name that no file system takes.
        if (name.Length > 200) name = $"of-{stages.Count}-{StableHash(name):x16}{suffix}.txt";
        return Once(name, () => Guarded(() => WriteLines(stages, Path.Combine(folder, name))));
    }

    private int NumberOf(StageContext stage)
    {
        for (var i = 0; i < job.Stages.Count; i++)
        {
            if (ReferenceEquals(job.Stages[i], stage)) return i + 1;
        }

        return 0;
    }

    private static ulong StableHash(string text)
    {
        const ulong Offset = 14695981039346656037, Prime = 1099511628211;
        return text.Aggregate(Offset, (hash, c) => unchecked((hash ^ c) * Prime));
    }

    private string WriteLines(IReadOnlyList<StageContext> stages, string path)
    {
        Directory.CreateDirectory(folder);
        var unfinished = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            using (var file = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16))
            {
                foreach (var stage in stages)
                {
                    foreach (var row in Succeeded(stage)) CopyLine(row.Output, file);
                }
            }

            // Another that starts at the same moment sees no file or a whole one.
            System.IO.File.Move(unfinished, path, overwrite: true);
            return path;
        }
        catch
        {
            System.IO.File.Delete(unfinished);
            throw;
        }
    }

    private void CopyLine(OutputRef output, FileStream file)
    {
        var last = (byte)0;
        var buffer = new byte[1 << 16];
        using (var bytes = outputs.Read(job.Id, output))
        {
            for (int count; (count = bytes.Read(buffer)) > 0;)
            {
                file.Write(buffer, 0, count);
                last = buffer[count - 1];
            }
        }

        if (last != '\n') file.WriteByte((byte)'\n');
    }

    private string ReadText(StageContext stage)
    {
        var (text, any) = (new StringBuilder(), false);
        foreach (var row in Succeeded(stage))
        {
            if (text.Length + row.Output.Length > LongestText) throw TooLong(stage);
            using var reader = new StreamReader(outputs.Read(job.Id, row.Output), Encoding.UTF8, false);
            if (any) text.Append('\n');
            any = true;
            text.Append(reader.ReadToEnd().AsSpan().TrimEnd("\r\n"));
        }

        return text.ToString();
    }

    private IEnumerable<TaskRecord> Succeeded(StageContext stage) => SucceededRows.Of(store, job.Id, stage);

    private string Once(string key, Func<string> make)
    {
        var once = _made.GetOrAdd(key, static (_, making) => new Lazy<string>(making), make);
        try
        {
            return once.Value;
        }
        catch
        {
            // The next that asks tries again: the disk may have room by then.
            _made.TryRemove(KeyValuePair.Create(key, once));
            throw;
        }
    }

    private static string Guarded(Func<string> make)
    {
        try
        {
            return make();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            var then = FullDisk.Is(fault) ? " Free some space, then go on with `amoeba resume`." : "";
            throw new StoreUnusableException(
                $"A task's inputs could not be put in a file: {fault.Message}{then}", fault);
        }
    }

    private static PlanException TooLong(StageContext stage) => new(
        $"too long: the output of task {stage.Task.Id} is longer than 128 KiB, the most that an argument may have; " +
        $"use {{tasks.{stage.Task.Id}.file}} or AMOEBA_INPUT, which are files");
}
