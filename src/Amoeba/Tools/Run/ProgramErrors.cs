using Amoeba.Engine.Ports;
using Amoeba.Processes;

namespace Amoeba.Tools.Run;

/// <summary>Says how a program failed, the reason first.</summary>
internal static class ProgramErrors
{
    /// <summary>What the C library says of EMFILE, and with it most programs.</summary>
    private const string TooManyFiles = "Too many open files";

    /// <summary>What it says of ENFILE: all programs of the machine together.</summary>
    private const string TooManyOfAll = "Too many open files in system";

    private const string OtherBase = "`amoeba docker build --base IMAGE`";

    /// <summary>A shell's exit code of a program that a signal ended, less the signal.</summary>
    private const int ShellSignal = 128;

    /// <param name="program">As the plan names it.</param>
    /// <param name="folder">The task's.</param>
    /// <param name="image">That of the container in which it was looked for; null outside of one.</param>
    public static ToolOutcome NotFound(string program, string folder, string? image) => new(
        AttemptEnd.Hopeless,
        (IsPath: program.Contains('/', StringComparison.Ordinal), image) switch
        {
            (true, null) =>
                $"program not found: {program} is not an executable file in {folder}; check the path and chmod +x",
            (true, _) =>
                $"program not found: {program} is not an executable file in the image {image} or in "
                    + $"{folder}, all that its container "
                + $"sees; check the path and chmod +x, or make an image that has it: {OtherBase}",
            (false, null) => $"program not found: {program} is in no folder of PATH; install it, or give its path",
            (false, _) =>
                $"program not found: {program} is in no folder of PATH in the image {image}; "
                    + $"make an image that has it: {OtherBase}",
        });

    public static ToolOutcome NotStarted(StartFailure failure, string? image) => failure.Kind switch
    {
        StartFailureKind.NotFound => new ToolOutcome(AttemptEnd.Hopeless, image is null
            ? $"program not found: {failure.Message}"
            : $"program not found in the image {image}: {failure.Message} Another base may have it: {OtherBase}"),
        StartFailureKind.TooLong => new ToolOutcome(AttemptEnd.Hopeless, $"too long: {failure.Message}"),
        StartFailureKind.Exhausted or StartFailureKind.Other =>
            new ToolOutcome(AttemptEnd.Failed, $"not started: {failure.Message}"),
        _ => new ToolOutcome(AttemptEnd.Hopeless, $"not started: {failure.Message}"),
    };

    /// <summary>What is said of a limit before it is passed.</summary>
    public static string Near(LimitBreach near)
    {
        var name = near.Kind.ToString().ToLowerInvariant();
        return $"{name}: {near.DescribeNear()} (limits.{name})";
    }

    public static ToolOutcome OverLimit(LimitBreach breach) => new(
        AttemptEnd.OverLimit,
        breach.Kind switch
        {
            LimitKind.Memory => $"memory: it {breach.Describe()} (limits.memory)",
            LimitKind.Cpu => $"cpu: it {breach.Describe()} (limits.cpu)",
            LimitKind.Files => $"files: it {breach.Describe()} (limits.files)",
            _ => $"processes: it {breach.Describe()} (limits.processes)",
        });

    /// <param name="exit">How it ended.</param>
    /// <param name="errors">The end of what it wrote of errors.</param>
    /// <param name="files">What it may have open at once.</param>
    /// <param name="wasNear">Whether it was seen near that: else its words alone are no proof of that limit.</param>
    public static ToolOutcome OfExit(
        ProgramExit exit, Func<(string Text, bool IsCut)> errors, int files, bool wasNear)
    {
        if (exit.Succeeded) return new ToolOutcome(AttemptEnd.Succeeded);
        var reason = exit switch
        {
            { Code: { } code } => $"exit {code}",
            { Signal: { } signal } => $"signal {Signals.NameOf(signal)} ({signal})",
            _ => "end unknown: other code of this process took the program's exit status",
        };
        var (tail, isCut) = errors();
        var end = AttemptEnd.Failed;
        if (tail.Replace(TooManyOfAll, "", StringComparison.OrdinalIgnoreCase)
            .Contains(TooManyFiles, StringComparison.OrdinalIgnoreCase))
        {
            if (wasNear)
            {
                // It is refused when as many are open as may be.
                var over = OverLimit(new LimitBreach(LimitKind.Files, files, files) { ByKernel = true });
                (end, reason) = (over.End, $"{over.Error}; {reason}");
            }
            else
            {
                reason += $": files: it may have {files} open at once (limits.files)";
            }
        }

        var before = isCut ? $"{reason}: …" : tail.Length == 0 ? reason : $"{reason}: ";
        return new ToolOutcome(end, before + tail)
        {
            CutBefore = isCut ? before.Length : null,
            ExitCode = exit.Code ?? (exit.Signal is { } by ? ShellSignal + by : null),
        };
    }
}
