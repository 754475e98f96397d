using System.Globalization;
using Amoeba.Cli.Terminal;
using Amoeba.Deciding;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Reading;
using Amoeba.Jobs;

namespace Amoeba.Cli.Commands;

/// <summary>What each attempt at a task cost, and how it ended.</summary>
internal static class AttemptTable
{
    public static void Write(CliConsole console, TaskView task)
    {
        var table = new Table("ATTEMPT", "CHILD", "SPAWN", "TIME", "TEARDOWN", "CPU", "MEMORY", "OUTPUT", "END");
        foreach (var earlier in task.Earlier)
            Add(table, earlier.Attempt, earlier.Child, earlier.Figures, earlier.Error ?? "");
        if (task.Attempt > task.Earlier.Select(one => one.Attempt).DefaultIfEmpty().Max())
            Add(table, task.Attempt, task.Child, task.Figures,
                task.Error is { } error && task.State != TaskState.Running ? error : Names.Of(task.State));
        table.Write(console.Out, Style.ForOutput(console), Wrapping.WidthOf(console));
    }

    private static void Add(Table table, int attempt, string? child, AttemptFigures? cost, string end) => table.Add(
        attempt.ToString(CultureInfo.InvariantCulture), child ?? "", Seconds(cost?.Spawn), Seconds(cost?.Execution),
        Seconds(cost?.Teardown), Seconds(cost?.CpuSeconds), cost?.PeakMemory is { } peak ? Say.Bytes(peak) : "",
        cost is null ? "" : Say.Bytes(cost.OutputBytes), TextWidth.Cut(TextWidth.Clean(end), 100));

    private static string Seconds(double? seconds) => seconds is { } known ? Say.Seconds(known) : "";
}
