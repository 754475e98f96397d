using Amoeba.Cli.Arguments;
using Amoeba.Cli.Json;
using Amoeba.Cli.Terminal;
using Amoeba.Deciding;
using Amoeba.Hosting.Reading;
using Amoeba.Hosting.Remains;
using Amoeba.Jobs;

namespace Amoeba.Cli.Commands;

internal static class ChildrenCommand
{
    public static async Task<int> RunAsync(CommandCall call)
    {
        await using var workplace = Workplace.Of(call);
        var reader = workplace.Reader;
        var job = call.Word(0) is { } name ? reader.Find(name).Id : null;
        var children = ExistingCells.Children(workplace, job);
        var rows = children.Select(child => (Child: child, Task: reader.TaskOf(child))).ToList();
        // Without a parent, what lives is a child that outlived it.
        rows.AddRange((await ExistingCells.WithoutParentAsync(workplace, job, children))
            .Where(cell => cell.State == Names.Of(ChildState.Busy) || cell.State == DetachedRemains.Orphaned)
            .Select(cell => (ExistingCells.ViewOf(cell), ExistingCells.TaskOf(reader, cell))));
        if (call.Json)
        {
            var data = new ListJson<ChildJson>([.. rows.Select(row => Row(row.Child, row.Task))]);
            JsonOutput.Write(call.Console, data, CliJsonContext.Default.ListJsonChildJson);
            return ExitCodes.Done;
        }

        if (rows.Count == 0)
        {
            if (!call.Quiet) call.Console.Error.WriteLine("no children: nothing runs now.");
            return ExitCodes.Done;
        }

        Print(call.Console, rows);
        return ExitCodes.Done;
    }

    private static ChildJson Row(ChildView child, TaskView? task) => new(
        child.Record.Id, child.Record.Job, Names.Of(child.Record.Cell), Names.Of(child.State), child.Record.Pid,
        child.Record.Started, task?.Name, child.Record.WaitsFor, child.Record.WaitsUntil, child.Record.Warning);

    private static void Print(CliConsole console, List<(ChildView Child, TaskView? Task)> rows)
    {
        var table = new Table("CHILD", "JOB", "CELL", "STATE", "TASK", "SINCE", "ITEM");
        foreach (var (child, task) in rows)
        {
            var since = task?.Started ?? child.Record.Started;
            table.Add(
                child.Record.Id, child.Record.Job, Names.Of(child.Record.Cell), Names.Of(child.State), task?.Name ?? "",
                Say.Seconds(Math.Max(0, (console.Time.GetUtcNow() - since).TotalSeconds)),
                child.Record.WaitsFor is { } what ? "waits " + SpentText.Waits(what, child.Record.WaitsUntil)
                    : child.Record.Warning is { } near ? "near a limit: " + near
                    : task is { Items: [var item, ..] } ? TextWidth.Cut(ItemText.Of(item), 50) : "");
        }

        table.Write(console.Out, Style.ForOutput(console), Wrapping.WidthOf(console));
    }
}
