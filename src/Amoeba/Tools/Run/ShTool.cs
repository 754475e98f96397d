using Amoeba.Engine.Ports;

namespace Amoeba.Tools.Run;

/// <summary>`sh`: a text for the shell, exactly as it stands in the plan; values reach it as variables alone.</summary>
internal sealed class ShTool(ProgramRunner programs) : ITool
{
    private const string Shell = "/bin/sh";

    public string Name => "sh";

    public ValueTask<ToolOutcome> RunAsync(ToolRun run, CancellationToken cancel) =>
        programs.RunAsync(run, Shell, ["-c", ((BoundSh)run.Tool).Text], cancel);
}
