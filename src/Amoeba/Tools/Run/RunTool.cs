using Amoeba.Engine.Ports;

namespace Amoeba.Tools.Run;

/// <summary>`run`: a program with its arguments, none of them read by a shell.</summary>
internal sealed class RunTool(ProgramRunner programs) : ITool
{
    public string Name => "run";

    public ValueTask<ToolOutcome> RunAsync(ToolRun run, CancellationToken cancel)
    {
        var arguments = ((BoundRun)run.Tool).Arguments;
        return programs.RunAsync(run, arguments[0], [.. arguments.Skip(1)], cancel);
    }
}
