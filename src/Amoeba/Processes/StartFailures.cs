namespace Amoeba.Processes;

/// <summary>Tells for the reader why a program was not started.</summary>
internal static class StartFailures
{
    /// <summary>What no program can be given, found before anything is opened; null when all is well.</summary>
    internal static StartFailure? Check(ProgramStart start)
    {
        if (HasNul(start.Executable) || HasNul(start.WorkingDirectory) || HasNul(start.Name ?? ""))
            return Bad("The path of the program or of its folder has a NUL character in it.");
        if (!Path.IsPathFullyQualified(start.Executable))
            return Bad($"The program '{start.Executable}' must be given with its full path.");
        for (var i = 0; i < start.Arguments.Count; i++)
        {
            if (HasNul(start.Arguments[i]))
                return Bad($"Argument {i + 1} of {start.Executable} has a NUL character in it.");
        }

        foreach (var entry in start.Environment)
        {
            if (HasNul(entry)) return Bad($"The variable {entry.Split('=')[0]} has a NUL character in it.");
        }

        return null;
    }

    internal static StartFailure Input(ProgramStart start, int error) => error is Libc.EMFile
        ? Of(start, error)
        : new(StartFailureKind.NoFolderOrInput,
            $"The input file {start.StdinFile} cannot be opened: {Libc.Describe(error)}.");

    internal static StartFailure Of(ProgramStart start, int error) => error switch
    {
        Libc.ENoEnt or Libc.ENotDir or Libc.EAcces when !Directory.Exists(start.WorkingDirectory) =>
            new(StartFailureKind.NoFolderOrInput,
                $"The folder {start.WorkingDirectory} does not exist or is closed to us."),
        Libc.ENoEnt when File.Exists(start.Executable) =>
            new(StartFailureKind.NotFound,
                $"{start.Executable} is there, but the interpreter or loader it names is not; see its first line."),
        Libc.ENoEnt or Libc.ENotDir =>
            new(StartFailureKind.NotFound, $"The program {start.Executable} does not exist."),
        Libc.EAcces or Libc.EPerm =>
            new(StartFailureKind.NotPermitted, $"{start.Executable} may not be executed: {Why(start)}."),
        Libc.ENoExec =>
            new(StartFailureKind.NotExecutable,
                $"{start.Executable} is no program of this machine; a script needs a first line such as #!/bin/sh."),
        Libc.E2Big =>
            new(StartFailureKind.TooLong,
                $"The arguments and environment of {start.Executable} are too long for the system: {Size(start)}. "
                    + "One may have 128 KiB; pass large values in a file."),
        Libc.EAgain or Libc.ENoMem or Libc.EMFile =>
            new(StartFailureKind.Exhausted,
                $"{start.Executable} could not be started now: {Libc.Describe(error)}. Fewer at once, "
                    + "or a higher limit (ulimit -u, -n), helps."),
        Libc.ETxtBsy =>
            new(StartFailureKind.Other,
                $"{start.Executable} could not be started: somebody has it open for writing. It must be closed first."),
        _ => new(StartFailureKind.Other, $"{start.Executable} could not be started: {Libc.Describe(error)}."),
    };

    private static StartFailure Bad(string message) => new(StartFailureKind.BadValue, message);

    private static bool HasNul(string text) => text.Contains('\0', StringComparison.Ordinal);

    private static string Why(ProgramStart start) => Directory.Exists(start.Executable)
        ? "it is a folder"
        : "it lacks the permission (chmod +x), or the file system forbids it";

    private static string Size(ProgramStart start)
    {
        var longest = start.Arguments.Concat(start.Environment).Select(text => text.Length).DefaultIfEmpty().Max();
        var total = start.Arguments.Concat(start.Environment).Sum(text => (long)text.Length);
        return FormattableString.Invariant($"{total} characters in all, {longest} in the longest");
    }
}
