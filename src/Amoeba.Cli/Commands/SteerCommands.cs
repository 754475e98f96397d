using System.Globalization;
using Amoeba.Cli.Arguments;
using Amoeba.Cli.Json;
using Amoeba.Hosting.Reading;

namespace Amoeba.Cli.Commands;

/// <summary>Commands that change how a job goes on.</summary>
internal static class SteerCommands
{
    public static Task<int> CancelAsync(CommandCall call) => AskAsync(call, "cancel", null, job => $"cancelled {job}.");

    public static Task<int> PauseAsync(CommandCall call) =>
        AskAsync(call, "pause", null,
            job => $"paused {job}; what runs ends, nothing new starts. To go on: amoeba resume {job}");

    public static Task<int> WidthAsync(CommandCall call)
    {
        var word = call.Word(1)!;
        if (!int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var width) || width < 1)
            throw new UsageException($"'amoeba width JOB {word}': expected a whole number from 1 up.");
        return AskAsync(call, "width", width.ToString(CultureInfo.InvariantCulture),
            job => $"{job} may have {Deciding.Say.Count(width, "child", "children")} at once.");
    }

    private static async Task<int> AskAsync(CommandCall call, string kind, string? argument, Func<string, string> said)
    {
        await using var workplace = Workplace.Of(call);
        var job = workplace.Reader.Find(call.Word(0)!);
        await JobRequests.AskAsync(call, workplace, job, kind, argument);
        Say(call, workplace.Reader, job.Id, said(job.Id));
        return ExitCodes.Done;
    }

    /// <summary>The job as it is now with `--json`, otherwise a sentence.</summary>
    public static void Say(CommandCall call, JobReader reader, string id, string sentence)
    {
        if (call.Json)
            JsonOutput.Write(call.Console, JobFormat.Job(reader, reader.FindById(id)!), CliJsonContext.Default.JobJson);
        else if (!call.Quiet) call.Console.Error.WriteLine(sentence);
    }
}
