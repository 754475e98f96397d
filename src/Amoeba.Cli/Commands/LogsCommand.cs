using System.Globalization;
using Amoeba.Cli.Arguments;
using Amoeba.Cli.Terminal;
using Amoeba.Deciding;
using Amoeba.Hosting.Reading;
using Amoeba.Jobs;

namespace Amoeba.Cli.Commands;

/// <summary>Prints what tasks wrote: all of a job's with a heading each, or one task's as it is.</summary>
internal static class LogsCommand
{
    private const string EndedAlone = "it has ended, and no parent has counted it yet";

    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(100);

    public static async Task<int> RunAsync(CommandCall call)
    {
        await using var workplace = Workplace.Of(call);
        var reader = workplace.Reader;
        var job = reader.Find(call.Word(0)!);
        using var signals = new StopSignals();
        if (call.Word(1) is { } name)
        {
            var ordinal = Ordinal(reader, job, name);
            return await OneAsync(call, reader, job, ordinal, signals.First);
        }

        var wanted = ResultsCommand.Wanted(call);
        var rev = reader.Rev();
        if (call.Has(CommonOptions.Follow))
        {
            await FollowAsync(call, reader, job, rev, wanted, signals.First);
            return ExitCodes.Done;
        }

        foreach (var task in reader.Tasks(job, withMerge: true))
        {
            if (signals.First.IsCancellationRequested) return ExitCodes.Done;
            if (wanted is null || task.State == wanted) Print(call, reader, job, task);
        }

        return ExitCodes.Done;
    }

    /// <summary>The ordinal that `parse`, `each[3]` or `3` names.</summary>
    public static int Ordinal(JobReader reader, JobView job, string name)
    {
        var stages = reader.Stages(job);
        var bracket = name.IndexOf('[', StringComparison.Ordinal);
        var id = bracket > 0 && name.EndsWith(']') ? name[..bracket] : name;
        var number = bracket > 0 && name.EndsWith(']') ? name[(bracket + 1)..^1] : null;
        var stage = stages.FirstOrDefault(stage => stage.Id == id);
        if (stage is null && number is null && stages.Count(one => !one.IsMerge) == 1)
            (stage, number) = (stages[0], name);
        if (stage is null)
            throw new UsageException(
                $"job {job.Id} has no task '{name}'; it has {string.Join(", ", stages.Select(one => one.Id))}.");
        if (number is null && stage.HasItems)
            throw new UsageException(
                $"'{id}' stands for {Say.Count(stage.Items, "task", "tasks")}; say which one, such as '{id}[0]'.");
        var index = 0;
        if (number is not null && !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out index))
            throw new UsageException($"'{name}': expected an index; they go from 0 to {stage.Items - 1}.");
        if (index >= stage.Items)
            throw new UsageException($"'{name}': the indexes of {stage.Id} go from 0 to {stage.Items - 1}.");
        return stage.First + index;
    }

    private static async Task<int> OneAsync(
        CommandCall call, JobReader reader, JobView job, int ordinal, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every, call.Console.Time);
        var live = new LiveOutput(reader, call.Console.Output);
        while (true)
        {
            var task = reader.Task(job, ordinal) ?? throw new UsageException($"job {job.Id} has no task {ordinal}.");
            // Asked first, so that what comes last is copied.
            var goesOn = reader.FindById(job.Id) is { } now && (!now.IsSettled || reader.IsAlone(now, task));
            var rest = live.Copy(job, task);
            if (!rest && call.Has(CommonOptions.Follow) && goesOn && !stop.IsCancellationRequested)
            {
                await Task.WhenAny(timer.WaitForNextTickAsync(stop).AsTask());
                continue;
            }

            if (!call.Quiet && Remark(reader, reader.FindById(job.Id) ?? job, task) is { } remark)
                call.Console.Error.WriteLine(remark);
            return ExitCodes.Done;
        }
    }

    /// <summary>Why there is no more to see than there is, or null.</summary>
    private static string? Remark(JobReader reader, JobView job, TaskView task)
    {
        if (reader.HasEndedAlone(job, task)) return $"{task.Name}: {EndedAlone}; 'amoeba resume {job.Id}' does";
        var why = task.Error?.TrimEnd() is { Length: > 0 } error ? error : null;
        if (task.Attempt > 0) return why is null ? null : $"{task.Name}: {why}";
        return TaskLife.IsEnded(task.State)
            ? $"{task.Name}: it never ran; {Names.Of(task.State)}: "
                + $"{why ?? $"the job ended first ({Names.Of(job.State)})"}"
            : $"{task.Name}: it has not run yet; the job is {Names.Of(job.State).Replace('_', ' ')}.";
    }

    private static async Task FollowAsync(
        CommandCall call, JobReader reader, JobView job, long rev, TaskState? wanted, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Every, call.Console.Time);
        var shown = new FollowedTasks(call, reader, new EndingStream(call.Console.Output));
        foreach (var task in reader.Tasks(job, withMerge: true))
        {
            if (stop.IsCancellationRequested) return;
            if (wanted is null || task.State == wanted) shown.Show(job, task);
        }

        var alone = new HashSet<int>();
        while (!stop.IsCancellationRequested)
        {
            job = reader.FindById(job.Id) ?? job;
            var settled = job.IsSettled;
            for (IReadOnlyList<TaskView> tasks; ;)
            {
                (tasks, rev) = reader.Since(job, rev, 1000);
                if (tasks.Count == 0) break;
                foreach (var task in tasks.Where(
                    task => TaskLife.IsEnded(task.State) && (wanted is null || task.State == wanted)))
                    shown.Show(job, task);
            }

            var isAnyAlone = ShowRunning(reader, job, shown, alone, wanted);
            if (settled && !isAnyAlone) return;
            await Task.WhenAny(timer.WaitForNextTickAsync(stop).AsTask());
        }
    }

    /// <summary>What is written by tasks that run, with a parent or without one.</summary>
    /// <param name="reader">Reads them.</param>
    /// <param name="job">Their job as it is now.</param>
    /// <param name="shown">Prints it.</param>
    /// <param name="alone">Tasks whose detached child is at them with no parent; kept up to date.</param>
    /// <param name="wanted">The only state that is shown, where one was asked for.</param>
    /// <returns>False where none goes on without a parent.</returns>
    private static bool ShowRunning(
        JobReader reader, JobView job, FollowedTasks shown, HashSet<int> alone, TaskState? wanted)
    {
        var running = reader.InState(job, TaskState.Running, int.MaxValue);
        foreach (var task in running)
        {
            var wasAlone = alone.Remove(task.Ordinal);
            if (reader.IsAlone(job, task)) alone.Add(task.Ordinal);
            var ended = wasAlone && reader.HasEndedAlone(job, task) ? EndedAlone : null;
            if (wanted is null or TaskState.Running) shown.Show(job, task, ended);
        }

        alone.IntersectWith(running.Select(task => task.Ordinal));
        return alone.Count > 0;
    }

    private static void Print(CommandCall call, JobReader reader, JobView job, TaskView task)
    {
        if (task.State == TaskState.Waiting && task.Attempt == 0) return;
        var console = call.Console;
        var item = task.Items.Count > 0 ? " " + TextWidth.Cut(ItemText.Of(task.Items[0]), 60) : "";
        var time = task.Seconds is { } seconds ? $", {Say.Seconds(seconds)}" : "";
        console.Out.WriteLine(
            Style.ForOutput(console).Bold($"== {task.Name}{item}: {Names.Of(task.State)}{time}"));
        console.Out.Flush();
        var end = new EndingStream(console.Output);
        new LiveOutput(reader, end).Copy(job, task);
        if (!end.AtLineStart) console.Out.WriteLine();
        if (task.Error is { } error) console.Out.WriteLine($"-- {error.TrimEnd()}");
        console.Out.Flush();
    }
}
