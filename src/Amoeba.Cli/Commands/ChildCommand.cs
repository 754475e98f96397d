using Amoeba.Cells.Wire;
using Amoeba.Cells.Workers;
using Amoeba.Cli.Arguments;

namespace Amoeba.Cli.Commands;

/// <summary>Says how a worker is run by hand.</summary>
internal static class ChildCommand
{
    public static Task<int> RunAsync(CommandCall call)
    {
        var worker = WorkerProgram.Find()?.Path ?? "amoeba-worker";
        call.Console.Out.WriteLine(
            "AMOEBA_DETACHED=1 AMOEBA_CHILD_ID=c AMOEBA_PARENT_ID=p "
                + $"{worker} {string.Join(' ', Protocol.Arguments(TimeSpan.FromSeconds(5)))} FOLDER");
        return Task.FromResult(ExitCodes.Done);
    }
}
