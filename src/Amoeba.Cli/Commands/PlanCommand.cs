using Amoeba.Cli.Arguments;
using Amoeba.Cli.Json;
using Amoeba.Cli.Terminal;

namespace Amoeba.Cli.Commands;

internal static class PlanCommand
{
    public static async Task<int> RunAsync(CommandCall call)
    {
        await using var workplace = Workplace.Of(call);
        var plan = PlanArguments.Read(call, workplace.PlanDefaults);
        var ready = await workplace.RehearseAsync(RunCommand.Submit(call, plan), asksDocker: true);
        var decision = ready.Start.Decision;
        if (call.Json)
        {
            var planned = new PlannedJson(JobFormat.Decision(decision), ready.Lacking);
            JsonOutput.Write(call.Console, planned, CliJsonContext.Default.PlannedJson);
            return ExitCodes.Done;
        }

        var width = Wrapping.WidthOf(call.Console);
        foreach (var line in JobSummary.Decision(decision)) call.Console.Out.WriteLine(Wrapping.Wrap(line, width, 2));
        return ExitCodes.Done;
    }
}
