using Amoeba.Cli.Arguments;
using Amoeba.Cli.Json;
using Amoeba.Cli.Terminal;

namespace Amoeba.Cli.Commands;

/// <summary>
/// What this machine can do. Ends with 5 only where the store cannot be used, because then Amoeba cannot run.
/// </summary>
internal static class DoctorCommand
{
    public static async Task<int> RunAsync(CommandCall call)
    {
        await using var workplace = Workplace.Of(call);
        var models = await DoctorModels.GatherAsync(workplace.Config.Models?.Entries ?? [], call.Console);
        var docker = await DoctorDocker.GatherAsync(workplace, call.Console);
        var facts = DoctorFacts.Gather(workplace, call.Console, docker, models).ToList();
        var usable = facts.All(fact => fact.Area != DoctorFacts.Store || fact.State == DoctorFacts.Ok);
        if (call.Json)
            JsonOutput.Write(call.Console, new DoctorJson(usable, Entry.Version, facts),
                CliJsonContext.Default.DoctorJson);
        else Print(call.Console, facts, usable);
        return usable ? ExitCodes.Done : ExitCodes.Lacking;
    }

    private static string Beside(string text, int width)
    {
        var (before, room) = width < Wrapping.Narrow ? ("\n      ", width - 6) : ("", width - 25);
        return before + Wrapping.Wrap(text, room, 0)
            .Replace("\n", "\n" + new string(' ', before.Length > 0 ? 6 : 25), StringComparison.Ordinal);
    }

    private static void Print(CliConsole console, List<FactJson> facts, bool usable)
    {
        var style = Style.ForOutput(console);
        var width = Wrapping.WidthOf(console);
        console.Out.WriteLine($"amoeba {Entry.Version}");
        foreach (var area in facts.GroupBy(fact => fact.Area))
        {
            console.Out.WriteLine();
            console.Out.WriteLine(style.Bold(area.Key));
            foreach (var fact in area)
            {
                var mark = fact.State switch
                {
                    DoctorFacts.Ok => style.Good("ok     "),
                    DoctorFacts.Later => style.Dim("later  "),
                    _ => style.Wait("missing")
                };
                console.Out.WriteLine($"  {mark}  {fact.Name,-12}  {Beside(fact.Detail, width)}");
                if (fact.Fix is { } fix)
                    console.Out.WriteLine($"           {"",-12}  {style.Dim(Beside("-> " + fix, width))}");
            }
        }

        console.Out.WriteLine();
        console.Out.WriteLine(usable
            ? "Amoeba can run here."
            : style.Bad(Wrapping.Wrap("Amoeba cannot run here: its store is unusable.", width, 0)));
    }
}
