using Amoeba.Cli.Arguments;
using Amoeba.Cli.Terminal;
using Amoeba.Deciding;
using Amoeba.Hosting.Reading;
using Amoeba.Jobs;

namespace Amoeba.Cli.Commands;

/// <summary>
/// Prints what several tasks write as they write it, each byte once: under a heading whenever another one is heard, and
/// with a line of its own for how each ended.
/// </summary>
/// <param name="call">The command.</param>
/// <param name="reader">Where tasks and their outputs are read.</param>
/// <param name="output">Where they go, beside the command's own lines.</param>
internal sealed class FollowedTasks(CommandCall call, JobReader reader, EndingStream output)
{
    private readonly Dictionary<int, Voice> _voices = [];
    private readonly Dictionary<int, int> _over = []; // the attempt of each that was shown to its end
    private (int Ordinal, int Attempt)? _heard;

    /// <param name="job">The job as it is now.</param>
    /// <param name="task">Its task likewise.</param>
    /// <param name="ended">How it ended, where its row does not say; null leaves that to the row.</param>
    public void Show(JobView job, TaskView task, string? ended = null)
    {
        if (task.State == TaskState.Waiting && task.Attempt == 0) return;
        if (_over.TryGetValue(task.Ordinal, out var attempt) && attempt == task.Attempt) return;
        if (!_voices.TryGetValue(task.Ordinal, out var voice))
            _voices.Add(task.Ordinal, voice = new Voice(reader, output));
        var isOver = ended is not null || TaskLife.IsEnded(task.State);
        var wasHeard = voice.IsHeard;
        voice.Output.Before = () => Head(task, voice, ended);
        if (isOver && !wasHeard) Head(task, voice, ended);
        voice.Output.Copy(job, task);
        if (!isOver) return;
        _over[task.Ordinal] = task.Attempt;
        if (!output.AtLineStart) Line("");
        if (wasHeard) Line($"-- {task.Name}: {How(task, ended)}");
        if (task.Error is { } error) Line($"-- {error.TrimEnd()}");
        call.Console.Out.Flush();
        _voices.Remove(task.Ordinal);
        _heard = null;
    }

    private void Head(TaskView task, Voice voice, string? ended)
    {
        voice.IsHeard = true;
        if (_heard == (task.Ordinal, task.Attempt)) return;
        _heard = (task.Ordinal, task.Attempt);
        if (!output.AtLineStart) Line("");
        var item = task.Items.Count > 0 ? " " + TextWidth.Cut(ItemText.Of(task.Items[0]), 60) : "";
        Line(Style.ForOutput(call.Console).Bold($"== {task.Name}{item}: {How(task, ended)}"));
        call.Console.Out.Flush();
    }

    /// <summary>What is not a task's has lines of its own, beside the bytes that are.</summary>
    private void Line(string text)
    {
        call.Console.Out.WriteLine(text);
        call.Console.Out.Flush();
        output.BeginLine();
    }

    private static string How(TaskView task, string? ended) =>
        (ended ?? Names.Of(task.State)) + (task.Seconds is { } seconds ? $", {Say.Seconds(seconds)}" : "");

    private sealed class Voice(JobReader reader, Stream target)
    {
        public LiveOutput Output { get; } = new(reader, target);

        /// <summary>Something of it was printed.</summary>
        public bool IsHeard { get; set; }
    }
}
