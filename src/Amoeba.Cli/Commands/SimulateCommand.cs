using System.Globalization;
using Amoeba.Cli.Arguments;
using Amoeba.Cli.Json;
using Amoeba.Cli.Terminal;
using Amoeba.Deciding;
using Amoeba.Engine;
using Amoeba.Simulating;

namespace Amoeba.Cli.Commands;

internal static class SimulateCommand
{
    private const int MostWidths = 1000;
    private const string PlaysAll =
        "simulate plays every task, also those whose results would be reused (`amoeba plan` counts them).";

    public static async Task<int> RunAsync(CommandCall call)
    {
        await using var workplace = Workplace.Of(call);
        var range = Range(call.Value(CommonOptions.Children));
        var plan = PlanArguments.Read(call with { Options = WithoutChildren(call) }, workplace.PlanDefaults);
        if (range is { First: var wish, IsRange: false }) plan = plan with { Children = wish };
        var start = (await workplace.RehearseAsync(RunCommand.Submit(call, plan), asksDocker: false)).Start;
        if (plan.Reuse) workplace.Warn([PlaysAll]);
        var options = new EngineOptions
        {
            Parent = "simulation",
            Lease = workplace.ParentOptions.Caps,
            ReservedMemory = workplace.ParentOptions.ReservedMemory,
        };
        if (range is not { IsRange: true })
        {
            Print(call, (await PlayAsync(call, [start], options))[0]);
            return ExitCodes.Done;
        }

        var starts =
            Enumerable.Range(range.First, range.Last - range.First + 1).Select(children => Wishing(start, children));
        Print(call, await PlayAsync(call, [.. starts], options));
        return ExitCodes.Done;
    }

    /// <summary>Plays one width after the other, beside what is shown of it; a signal ends it at once.</summary>
    private static async Task<List<SimulatedRun>> PlayAsync(
        CommandCall call, List<JobStart> starts, EngineOptions options)
    {
        using var signals = new StopSignals();
        using var progress = new SimulationProgress(call, starts);
        var watch = new SimulationWatch(progress.See, signals.First);
        var playing = Task.Run(() => starts.ConvertAll(start =>
        {
            var run = Simulator.Play(start, start.Decision.Children, options, watch);
            progress.Next();
            return run;
        }));
        await progress.WhileAsync(playing);
        try
        {
            return await playing;
        }
        catch (OperationCanceledException)
        {
            throw new OperationCanceledException("stopped: the plan was only played, and nothing ran.");
        }
    }

    private static JobStart Wishing(JobStart start, int children) => start with
    {
        Decision = start.Decision with { Children = children, Input = start.Decision.Input with { Wish = children } },
    };

    private sealed record Widths(int First, int Last, bool IsRange);

    private static Widths? Range(string? text)
    {
        if (text is null) return null;
        var ends = text.Split("..");
        var first = Number(ends[0]);
        var last = ends.Length == 2 ? Number(ends[1]) : first;
        if (ends.Length == 2 && first is not null && last is not null && (last < first || last - first >= MostWidths))
            throw new UsageException(
                $"--children {text}: a range goes up and has at most {MostWidths} numbers, such as 1..16.");
        if (ends.Length > 2 || first is null || last is null)
            throw new UsageException(
                $"--children {text}: expected a whole number from 1 up, or a range such as 1..16.");
        return new Widths(first.Value, last.Value, ends.Length == 2);

        static int? Number(string word) =>
            int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
                ? number
                : null;
    }

    private static Dictionary<string, IReadOnlyList<string>> WithoutChildren(CommandCall call) =>
        call.Options.Where(pair => pair.Key != CommonOptions.Children.Name)
            .ToDictionary(pair => pair.Key, pair => pair.Value);

    private static void Print(CommandCall call, SimulatedRun run)
    {
        if (call.Json) JsonOutput.Write(call.Console, Row(run), CliJsonContext.Default.SimulationJson);
        else Print(call.Console, [run]);
    }

    private static void Print(CommandCall call, IReadOnlyList<SimulatedRun> runs)
    {
        if (call.Json)
            JsonOutput.Write(call.Console, new ListJson<SimulationJson>([.. runs.Select(Row)]),
                CliJsonContext.Default.ListJsonSimulationJson);
        else
            Print(call.Console, runs);
    }

    private static void Print(CliConsole console, IReadOnlyList<SimulatedRun> runs)
    {
        var table = new Table("CHILDREN", "TIME", "ONE BY ONE", "SAVED", "MEMORY", "COST");
        foreach (var run in runs)
        {
            table.Add(
                run.Children.ToString(CultureInfo.InvariantCulture),
                Say.Seconds(run.MakespanSeconds), Say.Seconds(run.SequentialSeconds),
                Say.Percent(Gain(run)), Say.Bytes(run.PeakMemoryBytes), Say.Money(run.CostUsd));
        }

        var width = Wrapping.WidthOf(console);
        table.Write(console.Out, Style.ForOutput(console), width);
        foreach (var run in runs.Where(run => run.Stopped is not null))
        {
            var line =
                $"with {Say.Count(run.Children, "child", "children")} it ends after "
                    + $"{Say.Count(run.Ended, "task", "tasks")}, "
                + $"{run.Stopped}";
            console.Out.WriteLine(Wrapping.Wrap(line, width, 2));
        }
    }

    private static SimulationJson Row(SimulatedRun run) => new(
        run.Children, JobFormat.Rounded(run.MakespanSeconds), JobFormat.Rounded(run.SequentialSeconds), run.CostUsd,
        run.PeakMemoryBytes, JobFormat.Rounded(Gain(run)), run.Stopped);

    private static double Gain(SimulatedRun run) =>
        run.SequentialSeconds <= 0 ? 0 : Math.Max(0, 1 - run.MakespanSeconds / run.SequentialSeconds);
}
