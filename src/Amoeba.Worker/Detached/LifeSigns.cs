using System.Text;
using Amoeba.Cells.Detached;
using Amoeba.Engine.Ports;

namespace Amoeba.Worker.Detached;

/// <summary>Writes that it lives and how it stands, from a thread that no work can hold back.</summary>
/// <param name="folder">Where.</param>
/// <param name="task">What it does.</param>
/// <param name="output">What it wrote so far.</param>
/// <param name="beat">Between two signs of life.</param>
internal sealed class LifeSigns(
    DetachedFolder folder, DetachedTask task, FileOutput output, TimeSpan beat) : IAttemptWatch, IDisposable
{
    private const int FailedCode = 1;

    private readonly ManualResetEvent _ended = new(false);
    private readonly StringBuilder _warnings = new();
    private Thread? _thread;
    private long _beats;
    private long _progress;

    /// <summary>Called when a parent wants it to end, which a signal from where that parent is may not reach.</summary>
    public required Action Asked { get; init; }

    /// <summary>Called when its claim is gone, without which nobody would ever find it.</summary>
    public required Action Abandoned { get; init; }

    public void Begin()
    {
        Tell("running", null, null);
        _thread = new Thread(Run, maxStackSize: 256 << 10) { IsBackground = true, Name = "amoeba beat" };
        _thread.Start();
    }

    public void Progress(long amount) => Interlocked.Add(ref _progress, amount);

    public void Warn(string what)
    {
        lock (_warnings)
        {
            _warnings.Append(what).Append('\n');
            try
            {
                DetachedFolder.WriteWhole(folder.Warnings, Encoding.UTF8.GetBytes(_warnings.ToString()));
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
            {
                // As below: without a warning it is ended all the same.
            }
        }
    }

    /// <summary>The last word, before the result.</summary>
    public void End(in ToolOutcome outcome)
    {
        _ended.Set();
        _thread?.Join();
        Tell(outcome.End switch
        {
            AttemptEnd.Succeeded => "succeeded",
            AttemptEnd.Stopped => "stopped",
            _ => "failed",
        }, outcome.End == AttemptEnd.Succeeded ? 0 : outcome.ExitCode ?? FailedCode, outcome.Error);
    }

    public void Dispose()
    {
        _ended.Set();
        _thread?.Join();
        _ended.Dispose();
    }

    private void Run()
    {
        var pace = DetachedBeats.Pace(beat, task.Work.Limits.Stall);
        while (!_ended.WaitOne(pace))
        {
            Tell("running", null, null);
            if (File.Exists(folder.Stop)) Asked();
            if (File.Exists(folder.Claim)) continue;
            Abandoned();
            return;
        }
    }

    private void Tell(string status, int? exit, string? error)
    {
        try
        {
            DetachedBeats.Write(folder, ++_beats, Interlocked.Read(ref _progress));
            new DetachedStatus(status, task.Name, output.Length, TimeProvider.System.GetUtcNow(), exit)
            {
                Pid = Environment.ProcessId,
                Error = error,
            }.Write(folder);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            // A full disk, or a folder that is gone: the task goes on, and its end says what came of that.
        }
    }
}
