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
        rows.AddRange(await WithoutParentAsync(workplace.Remains.Where(IsAtHand)));
        if (!call.Json && rows.Count > 0) Print(call.Console, rows);

        // What is known at once does not wait for what a daemon may take seconds to tell.
        var later = await WithoutParentAsync(workplace.Remains.Where(kind => !IsAtHand(kind)));
        if (call.Json)
        {
            var data = new ListJson<ChildJson>([.. rows.Concat(later).Select(row => Row(row.Child, row.Task))]);
            JsonOutput.Write(call.Console, data, CliJsonContext.Default.ListJsonChildJson);
        }
        else if (later.Count > 0)
        {
            Print(call.Console, later);
        }
        else if (rows.Count == 0 && !call.Quiet)
        {
            call.Console.Error.WriteLine("no children: nothing runs now.");
        }

        return ExitCodes.Done;

        // Without a parent, what lives is a child that outlived it.
        async Task<List<(ChildView Child, TaskView? Task)>> WithoutParentAsync(IEnumerable<ICellRemains> kinds) =>
        [
            .. (await ExistingCells.WithoutParentAsync(workplace, kinds, job, children)).Where(ExistingCells.Lives)
                .Select(cell => (ExistingCells.ViewOf(cell), ExistingCells.TaskOf(reader, cell))),
        ];
    }

    private static bool IsAtHand(ICellRemains kind) => kind.Kind == CellKind.Detached;

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
        console.Out.Flush();
    }
}
