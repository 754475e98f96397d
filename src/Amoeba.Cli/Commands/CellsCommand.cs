using System.Globalization;
using Amoeba.Cli.Arguments;
using Amoeba.Cli.Json;
using Amoeba.Cli.Terminal;
using Amoeba.Deciding;
using Amoeba.Engine.Records;
using Amoeba.Hosting.Remains;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;

namespace Amoeba.Cli.Commands;

internal static class CellsCommand
{
    public static async Task<int> RunAsync(CommandCall call)
    {
        await using var workplace = Workplace.Of(call);
        if (call.Word(0) is { } word)
            return word == "clean" ? await CleanAsync(call, workplace)
                : throw new UsageException($"'amoeba cells {word}': expected clean, or nothing.");
        var children = ExistingCells.Children(workplace, null).Where(child => !child.Record.IsToBeStarted).ToList();
        var cells = children.Select(child => new CellJson(
                child.Record.Id, Names.Of(child.Record.Cell),
                child.Record.Job, Names.Of(child.State), child.Record.Pid))
            .Concat((await ExistingCells.WithoutParentAsync(workplace, workplace.Remains, null, children))
                .Select(cell => new CellJson(cell.Id, Names.Of(cell.Kind), cell.Job, cell.State, cell.Pid)))
            .ToList();
        if (call.Json)
        {
            JsonOutput.Write(call.Console, new ListJson<CellJson>(cells), CliJsonContext.Default.ListJsonCellJson);
            return ExitCodes.Done;
        }

        if (cells.Count == 0)
        {
            if (!call.Quiet) call.Console.Error.WriteLine("no cells.");
            return ExitCodes.Done;
        }

        var table = new Table("CELL", "KIND", "JOB", "STATE", "PID");
        foreach (var cell in cells)
        {
            table.Add(cell.Id, cell.Kind, cell.Job, cell.State, cell.Pid?.ToString(CultureInfo.InvariantCulture) ?? "");
        }

        table.Write(call.Console.Out, Style.ForOutput(call.Console), Wrapping.WidthOf(call.Console));
        return ExitCodes.Done;
    }

    /// <summary>Ends and removes what nobody owns: told first, and done when it is allowed.</summary>
    private static async Task<int> CleanAsync(CommandCall call, Workplace workplace)
    {
        var console = call.Console;
        var parents = workplace.DeadParents();
        var cells = new List<(ICellRemains Kind, ExistingCell Cell)>();
        var goOn = new List<ExistingCell>();
        var unseen = new Dictionary<string, string>(); // by parent: what may be left of it, and why that is not known
        foreach (var kind in workplace.Remains)
        {
            foreach (var cell in await kind.ListAsync(CancellationToken.None))
            {
                if (kind.WhyUnowned(cell) is not { } why)
                {
                    if (cell.Parent is { } gone && parents.Contains(gone)) goOn.Add(cell);
                    continue;
                }

                cells.Add((kind, cell));
                if (!call.Quiet)
                    console.Error.WriteLine(
                        $"{Names.Of(cell.Kind)} cell {cell.Id} of job {cell.Job}, {cell.State}: {why}.");
            }

            if (kind.NotAsked is not { } lack) continue;
            foreach (var theirs in workplace.ChildrenOf(parents)
                .Where(child => child.Cell == kind.Kind).GroupBy(child => child.Parent))
                unseen[theirs.Key] = Unseen(theirs, lack);
        }

        if (!call.Quiet)
        {
            foreach (var parent in parents.Where(parent => !unseen.ContainsKey(parent)))
                console.Error.WriteLine(LeftBehind.Running(parent) is { } running
                    ? $"{running}."
                    : $"the record of parent {parent}, which crashed; nothing of it runs that would be ended.");
            foreach (var job in goOn.GroupBy(cell => cell.Job))
                console.Error.WriteLine($"not touched: {Say.Count(job.Count(), "cell", "cells")} of job {job.Key}, "
                    + $"going on without a parent; `amoeba cancel {job.Key}` ends what goes on.");
        }

        if (parents.Count + cells.Count > 0 && !IsAllowed(call))
        {
            if (!call.Quiet) console.Error.WriteLine("nothing was touched.");
            return ExitCodes.Done;
        }

        var (ended, forgotten, left) = await workplace.CleanAsync(unseen.Keys);
        var removed = 0;
        foreach (var (kind, cell) in cells)
        {
            if (await kind.RemoveAsync(cell, CancellationToken.None) is not { } error)
            {
                removed++;
                continue;
            }

            console.Error.WriteLine($"amoeba: {error}");
            left++;
        }

        foreach (var words in unseen.Values) console.Error.WriteLine($"amoeba: {words}");

        var cleaned = forgotten + removed;
        if (call.Json) JsonOutput.Write(console, new CleanedJson(cleaned), CliJsonContext.Default.CleanedJson);
        else if (!call.Quiet && cleaned + left + unseen.Count == 0) console.Error.WriteLine("nothing to clean.");
        else if (!call.Quiet && cleaned + ended > 0) console.Error.WriteLine(Cleaned(ended, removed, forgotten));
        return left + unseen.Count == 0 ? ExitCodes.Done : ExitCodes.Lacking;
    }

    private static string Cleaned(int ended, int removed, int forgotten)
    {
        var parts = new List<string>();
        if (ended > 0) parts.Add($"{Say.Count(ended, "process", "processes")} ended");
        if (removed > 0) parts.Add($"{Say.Count(removed, "cell", "cells")} removed");
        if (forgotten > 0) parts.Add($"{Say.Count(forgotten, "record", "records")} of crashed parents removed");
        return $"cleaned up: {string.Join(", ", parts)}.";
    }

    private static string Unseen(IEnumerable<ChildRecord> children, string lack)
    {
        var (kind, parent) = (Names.Of(children.First().Cell), children.First().Parent);
        var names = string.Join(", ", children.Select(child => $"{child.Id} of job {child.Job}"));
        return $"{kind} cells that parent {parent} left may still run, because {kind} could not be asked: {names}. "
            + $"{lack}; then clean again";
    }

    /// <exception cref="UsageException">Nobody is there to ask.</exception>
    private static bool IsAllowed(CommandCall call)
    {
        if (call.Has(CommonOptions.Yes)) return true;
        if (!call.Console.InputIsTerminal || !call.Console.ErrorIsTerminal)
            throw new UsageException("'amoeba cells clean' ends what is named above for good: say --yes to do it.");
        call.Console.Error.Write("End and remove all of it? [y/N] ");
        using var input = new StreamReader(call.Console.OpenInput());
        return input.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }
}
