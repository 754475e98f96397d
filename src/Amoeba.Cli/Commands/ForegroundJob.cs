using Amoeba.Cli.Arguments;
using Amoeba.Cli.Json;
using Amoeba.Cli.Terminal;
using Amoeba.Engine.Records;
using Amoeba.Hosting;
using Amoeba.Hosting.Reading;
using Amoeba.Jobs;

namespace Amoeba.Cli.Commands;

/// <summary>
/// Stays with a job that this process owns: shows its progress, asks in place, stops on a signal, says what came of it.
/// </summary>
internal sealed class ForegroundJob(CommandCall call, Workplace workplace, IParent parent, StopSignals signals)
{
    /// <summary>What runs has this long to end by itself after the first Ctrl-C (SPEC 13.1).</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private CliConsole Console => call.Console;

    /// <returns>The exit code.</returns>
    public async Task<int> StayAsync(string job)
    {
        var reader = workplace.Reader;
        using var progress = new ProgressPrinter(call, reader, job);
        progress.Begin();
        _ = reader.FindById(job); // opens for reading what the end will need, while the first program is being started
        var state = await SettleAsync(job, progress);
        while (state == JobState.AwaitingApproval && CanAsk)
        {
            progress.Clear();
            if (!await AskAsync(reader, job)) break;
            state = await SettleAsync(job, progress);
        }

        progress.Clear();
        var code = Finish(call, reader, job);
        if (!call.Quiet && JobSummary.Tip(reader, reader.FindById(job)!) is { } tip)
            Console.Error.WriteLine(Wrapping.Wrap(tip, Wrapping.WidthOfError(Console), 4));
        return code;
    }

    /// <summary>Prints the end of a job, whoever ran it.</summary>
    public static int Finish(CommandCall call, JobReader reader, string id)
    {
        var job = reader.FindById(id) ?? throw new InvalidOperationException($"job {id} is gone from the store");
        var console = call.Console;
        if (call.Json) JsonOutput.Write(console, JobFormat.Job(reader, job), CliJsonContext.Default.JobJson);
        else PrintMerged(console, reader, job);
        if (!call.Quiet)
        {
            var style = Style.ForError(console);
            var width = Wrapping.WidthOfError(console);
            foreach (var line in JobSummary.Lines(reader, job, style))
                console.Error.WriteLine(Wrapping.Wrap(line, width, 4));
        }

        return job.Status.IsStoppedByLack
            ? ExitCodes.Lacking
            : ExitCodes.Of(job.State, reader.Approval(job)?.Answer is "refuse");
    }

    private bool CanAsk => Console.InputIsTerminal && Console.ErrorIsTerminal && !call.Json;

    private async Task<JobState> SettleAsync(string job, ProgressPrinter progress)
    {
        var settled = parent.WhenSettledAsync(job, CancellationToken.None);
        var stop = Task.CompletedTask;
        JobState state;
        using (signals.First.Register(() => stop = settled.IsCompleted ? stop : StopAsync(job, progress)))
        {
            await progress.WhileAsync(Task.WhenAny(settled, parent.Failed));
            if (!settled.IsCompleted) await parent.Failed;
            state = await Console.Stay(settled);
        }

        // Whoever is at it has said so by now: leaving the block waits for it.
        await stop;
        if (state is JobState.Cancelled or JobState.Failed) await LeaveAsync(job, progress);
        return state;
    }

    /// <summary>What was stopped with the job has its grace, and its end belongs to what is told of the job.</summary>
    private async Task LeaveAsync(string job, ProgressPrinter progress)
    {
        var left = parent.WhenLeftAsync(job);
        var asked = WhenAsync(signals.First);
        if (await Task.WhenAny(left, asked, parent.Failed) == asked)
        {
            progress.Say("ending what still runs of it, without any grace.");
            await Task.WhenAny(parent.StopNowAsync(), parent.Failed);
        }
    }

    private async Task StopAsync(string job, ProgressPrinter progress)
    {
        progress.Say(workplace.Reader.FindById(job) is { } view && JobFormat.IsDetached(view)
            ? $"stopping: detached children go on by themselves. To take them up, resume with: amoeba resume {job}"
            : $"stopping: what runs has {Grace.TotalSeconds:0} s to end; Ctrl-C again stops now. "
                + $"To go on later, resume with: amoeba resume {job}");
        var graceful = parent.StopAsync(Grace);
        if (await Task.WhenAny(graceful, WhenAsync(signals.Second)) != graceful) await parent.StopNowAsync();
        await graceful;
    }

    /// <returns>False where the person leaves the question open.</returns>
    private async Task<bool> AskAsync(JobReader reader, string id)
    {
        using var input = new StreamReader(Console.OpenInput());
        string? shown = null;
        while (reader.FindById(id) is { State: JobState.AwaitingApproval } asking)
        {
            // Which question it is before what it says: an answer to anything older than that is refused.
            var question = reader.Approval(asking)!.Id;
            if (question != shown)
            {
                var width = Wrapping.WidthOfError(Console);
                foreach (var line in JobSummary.Question(reader, reader.FindById(id)!))
                    Console.Error.WriteLine(Wrapping.Wrap(line, width, 4));
                shown = question;
            }

            // What is typed has its place behind it.
            await Console.Error.WriteAsync(Wrapping.Wrap(
                "[y] allow, [NUMBER] so many children, [s] one by one, [n] refuse, [q] later:",
                Wrapping.WidthOfError(Console) - 2, 4) + " ");
            var answer = (await ReadLineAsync(input))?.Trim().ToLowerInvariant();
            var (kind, children) = InPlaceAnswer.Of(answer);
            if (kind == "later") return false;
            if (kind is null) continue;
            var argument = new AnswerArgument(question, children).Write();
            if (await parent.AskAsync(id, kind, argument, Console.User, CancellationToken.None) is not { } error)
                return true;
            Console.Error.WriteLine(Wrapping.Wrap($"amoeba: {error}", Wrapping.WidthOfError(Console), 4));
        }

        return true;
    }

    /// <summary>A line, or null at the end of the input or on a signal.</summary>
    private async Task<string?> ReadLineAsync(StreamReader input)
    {
        var line = Task.Run(input.ReadLine);
        return await Task.WhenAny(line, WhenAsync(signals.First)) == line ? await line : null;
    }

    private static Task WhenAsync(CancellationToken token)
    {
        var source = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(source.SetResult);
        return source.Task;
    }

    private static void PrintMerged(CliConsole console, JobReader reader, JobView job)
    {
        if (job.Status.Output.Place == OutputPlace.None) return;
        console.Out.Flush();
        using var output = reader.Open(job, job.Status.Output);
        var end = new EndingStream(console.Output);
        output.CopyTo(end);
        end.Flush();

        // On a terminal what is said next would stand in the same line; a file gets the output as it is.
        if (!end.AtLineStart && console is { OutputIsTerminal: true, ErrorIsTerminal: true }) console.Error.WriteLine();
    }
}
