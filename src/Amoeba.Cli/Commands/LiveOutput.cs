using Amoeba.Engine.Records;
using Amoeba.Hosting.Reading;
using Amoeba.Jobs;

namespace Amoeba.Cli.Commands;

/// <summary>Copies one task's output, what a running attempt has written included, each byte once.</summary>
internal sealed class LiveOutput(JobReader reader, Stream target)
{
    /// <summary>Called before bytes are copied, each time.</summary>
    public Action Before { get; set; } = static () => { };

    private int _attempt;
    private long _offset;

    /// <returns>True where nothing more will come.</returns>
    public bool Copy(JobView job, TaskView task)
    {
        if (task.Attempt != _attempt) (_attempt, _offset) = (task.Attempt, 0);
        var ended = TaskLife.IsEnded(task.State);
        using var source = ended ? Recorded(job, task) : reader.OpenLive(job, task, _offset);
        if (source is null) return ended;
        Skip(source, ended ? _offset : 0);
        var buffer = new byte[32 * 1024];
        for (int read; (read = source.Read(buffer)) > 0; _offset += read)
        {
            Before();
            target.Write(buffer, 0, read);
        }

        target.Flush();
        return ended;
    }

    private Stream? Recorded(JobView job, TaskView task) =>
        task.Output.Place == OutputPlace.None ? null : reader.Open(job, task.Output);

    private static void Skip(Stream source, long bytes)
    {
        var buffer = new byte[32 * 1024];
        while (bytes > 0)
        {
            var read = source.Read(buffer, 0, (int)Math.Min(buffer.Length, bytes));
            if (read == 0) return;
            bytes -= read;
        }
    }
}
