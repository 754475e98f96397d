using Amoeba.Engine.Ports;
using Amoeba.Processes;

namespace Amoeba.Tools.Run;

/// <summary>Says how a program failed, the reason first.</summary>
internal static class ProgramErrors
{
    public static ToolOutcome NotFound(string program, string folder) => new(
        AttemptEnd.Hopeless,
        program.Contains('/', StringComparison.Ordinal)
            ? $"program not found: {program} is not an executable file in {folder}; check the path and chmod +x"
            : $"program not found: {program} is in no folder of PATH; install it, or give its path");

    public static ToolOutcome NotStarted(StartFailure failure) => failure.Kind switch
    {
        StartFailureKind.NotFound => new ToolOutcome(AttemptEnd.Hopeless, $"program not found: {failure.Message}"),
        StartFailureKind.TooLong => new ToolOutcome(AttemptEnd.Hopeless, $"too long: {failure.Message}"),
        StartFailureKind.Exhausted or StartFailureKind.Other =>
            new ToolOutcome(AttemptEnd.Failed, $"not started: {failure.Message}"),
        _ => new ToolOutcome(AttemptEnd.Hopeless, $"not started: {failure.Message}"),
    };

    public static ToolOutcome OverLimit(LimitBreach breach) => new(
        AttemptEnd.OverLimit,
        breach.Kind == LimitKind.Memory
            ? $"memory: it {breach.Describe()} (limits.memory)"
            : $"processes: it {breach.Describe()} (limits.processes)");

    public static ToolOutcome OfExit(ProgramExit exit, Func<string> errors)
    {
        if (exit.Succeeded) return new ToolOutcome(AttemptEnd.Succeeded);
        var reason = exit switch
        {
            { Code: { } code } => $"exit {code}",
            { Signal: { } signal } => $"signal {Signals.NameOf(signal)} ({signal})",
            _ => "end unknown: other code of this process took the program's exit status",
        };
        var tail = errors();
        return new ToolOutcome(AttemptEnd.Failed, tail.Length == 0 ? reason : $"{reason}: {tail}");
    }
}
