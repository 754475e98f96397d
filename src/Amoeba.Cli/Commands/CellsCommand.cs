using Amoeba.Cli.Arguments;
using Amoeba.Cli.Json;
using Amoeba.Cli.Terminal;
using Amoeba.Jobs;

namespace Amoeba.Cli.Commands;

internal static class CellsCommand
{
    public static async Task<int> RunAsync(CommandCall call)
    {
        await using var workplace = Workplace.Of(call);
        if (call.Word(0) is { } word)
            return word == "clean" ? await CleanAsync(call, workplace) : throw new UsageException($"'amoeba cells {word}': expected clean, or nothing.");
        var children = workplace.Reader.Children(null);
        if (call.Json)
        {
            var data = new ListJson<CellJson>([.. children.Select(child => new CellJson(
                child.Record.Id, Names.Of(child.Record.Cell), child.Record.Job, Names.Of(child.State), child.Record.Pid))]);
            JsonOutput.Write(call.Console, data, CliJsonContext.Default.ListJsonCellJson);
            return ExitCodes.Done;
        }

        if (children.Count == 0)
        {
            if (!call.Quiet) call.Console.Error.WriteLine("no cells.");
            return ExitCodes.Done;
        }

        var table = new Table("CELL", "KIND", "JOB", "STATE", "PID");
        foreach (var child in children)
        {
            table.Add(
                child.Record.Id, Names.Of(child.Record.Cell), child.Record.Job, Names.Of(child.State),
                child.Record.Pid?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "");
        }

        table.Write(call.Console.Out, Style.ForOutput(call.Console), Wrapping.WidthOf(call.Console));
        return ExitCodes.Done;
    }

    private static async Task<int> CleanAsync(CommandCall call, Workplace workplace)
    {
        var cleaned = await workplace.CleanAsync();
        if (call.Json) JsonOutput.Write(call.Console, new CleanedJson(cleaned), CliJsonContext.Default.CleanedJson);
        else if (!call.Quiet) call.Console.Error.WriteLine(cleaned == 0 ? "nothing to clean." : $"cleaned up after {cleaned} that had crashed.");
        return ExitCodes.Done;
    }
}
