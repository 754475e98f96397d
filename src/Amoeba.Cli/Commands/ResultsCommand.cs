using System.Globalization;
using System.Text.Json;
using Amoeba.Cli.Arguments;
using Amoeba.Cli.Json;
using Amoeba.Cli.Terminal;
using Amoeba.Deciding;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Reading;
using Amoeba.Jobs;

namespace Amoeba.Cli.Commands;

internal static class ResultsCommand
{
    public static readonly OptionSpec Merged = new("--merged", null, "The merged output as it is");

    private const int UsualLimit = 1000;

    /// <summary>Columns of a terminal from which on what a task cost is shown too.</summary>
    private const int WithCost = 100;

    public static async Task<int> RunAsync(CommandCall call)
    {
        if (call.Has(CommonOptions.Jsonl) && (call.Json || call.Has(Merged)))
            throw new UsageException(
                $"--jsonl and {(call.Json ? "--json" : "--merged")} are different forms of output; give one of them.");
        await using var workplace = Workplace.Of(call);
        var reader = workplace.Reader;
        var job = reader.Find(call.Word(0)!);
        if (call.Has(Merged)) return PrintMerged(call, reader, job);
        var wanted = Wanted(call);
        var machine = call.Json || call.Has(CommonOptions.Jsonl);
        var limit = call.Number(CommonOptions.Limit, 1) ?? (machine ? int.MaxValue : UsualLimit);
        var tasks = reader.Tasks(job).Where(task => wanted is null || task.State == wanted).Take(limit);
        if (call.Has(CommonOptions.Jsonl)) PrintLines(call.Console, reader, job, tasks);
        else if (call.Json) PrintList(call.Console, reader, job, tasks);
        else PrintTable(call, tasks);
        return ExitCodes.Done;
    }

    public static TaskState? Wanted(CommandCall call) =>
        PlanArguments.Word(call, CommonOptions.State, Enum.GetValues<TaskState>().ToDictionary(Names.Of));

    private static int PrintMerged(CommandCall call, JobReader reader, JobView job)
    {
        if (job.Status.Output.Place == OutputPlace.None && !job.IsEnded)
            throw new UsageException($"job {job.Id} is {Names.Of(job.State)}: results are merged when it ends.");
        if (call.Json)
        {
            var (text, file) = JobFormat.Text(reader, job, JobFormat.MergedOrdinal, job.Status.Output);
            JsonOutput.Write(call.Console, new MergedJson(job.Id, text, file), CliJsonContext.Default.MergedJson);
            return ExitCodes.Done;
        }

        using var output = reader.Open(job, job.Status.Output);
        output.CopyTo(call.Console.Output);
        return ExitCodes.Done;
    }

    private static void PrintLines(CliConsole console, JobReader reader, JobView job, IEnumerable<TaskView> tasks)
    {
        var buffer = new BufferedStream(console.Output, 64 * 1024); // not disposed: standard output stays open
        using var writer =
            new Utf8JsonWriter(buffer, JsonOutput.Options(console) with { Indented = false, SkipValidation = true });
        foreach (var task in tasks)
        {
            ResultLine.Write(writer, reader, job, task);
            writer.Flush();
            writer.Reset();
            buffer.Write("\n"u8);
        }

        buffer.Flush();
    }

    /// <summary>One task, as in a line of all.</summary>
    public static void PrintOne(CliConsole console, JobReader reader, JobView job, TaskView task)
    {
        using var writer = new Utf8JsonWriter(console.Output, JsonOutput.Options(console));
        ResultLine.Write(writer, reader, job, task);
        writer.Flush();
        console.Output.Write("\n"u8);
    }

    private static void PrintList(CliConsole console, JobReader reader, JobView job, IEnumerable<TaskView> tasks)
    {
        var buffer = new BufferedStream(console.Output, 64 * 1024); // not disposed: standard output stays open
        using var writer = new Utf8JsonWriter(buffer, JsonOutput.Options(console));
        writer.WriteStartObject();
        writer.WriteStartArray("data");
        foreach (var task in tasks)
        {
            ResultLine.Write(writer, reader, job, task);
            if (writer.BytesPending > 32 * 1024) writer.Flush();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        buffer.Write("\n"u8);
        buffer.Flush();
    }

    private static void PrintTable(CommandCall call, IEnumerable<TaskView> tasks)
    {
        // What it cost has no room beside the rest on a narrow terminal; `show JOB TASK` has it.
        var width = Wrapping.WidthOf(call.Console);
        string[] cost = width >= WithCost ? ["CPU", "MEMORY"] : [];
        var table = new Table(["TASK", "STATE", "ATTEMPTS", "TIME", .. cost, "ITEM", "OUTPUT"]);
        var shown = 0;
        foreach (var task in tasks)
        {
            shown++;
            string[] costs = cost.Length == 0 ? [] :
            [
                task.Figures?.CpuSeconds is { } cpu ? Say.Seconds(cpu) : "",
                task.Figures?.PeakMemory is { } peak ? Say.Bytes(peak) : "",
            ];
            table.Add(
            [
                task.Name, Names.Of(task.State), task.Attempt.ToString(CultureInfo.InvariantCulture),
                task.Seconds is { } seconds ? Say.Seconds(seconds) : "", .. costs, Preview(task),
                task.Error is { } error ? TextWidth.Cut(TextWidth.Clean(error), 100) : Say.Bytes(task.Output.Length),
            ]);
        }

        table.Write(call.Console.Out, Style.ForOutput(call.Console), width, stateColumn: 1, elastic: 4 + cost.Length);
        if (shown == UsualLimit && !call.Quiet)
            call.Console.Error.WriteLine($"the first {UsualLimit}; more with --limit, or --jsonl for all.");
    }

    private static string Preview(TaskView task) => task.Items.Count switch
    {
        0 => "",
        1 => TextWidth.Cut(ItemText.Of(task.Items[0]), 40),
        var count => $"{TextWidth.Cut(ItemText.Of(task.Items[0]), 28)} and {count - 1} more",
    };
}
