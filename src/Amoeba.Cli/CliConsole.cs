using System.Text;
using Amoeba.Machine;
using Amoeba.Processes;

namespace Amoeba.Cli;

/// <summary>
/// What a command sees of the process: streams, terminals, environment, folder, clock. Made by hand instead of taken
/// from <see cref="System.Console"/>, whose writers and encodings take longer to set up than a short command runs.
/// </summary>
internal sealed class CliConsole : IDisposable
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public CliConsole(Stream output, Stream error)
    {
        Output = output;
        Out = new StreamWriter(output, Utf8, 16 * 1024) { NewLine = "\n" };
        Error = new StreamWriter(error, Utf8, 1024) { NewLine = "\n", AutoFlush = true };
    }

    /// <summary>Standard output for bytes; flush <see cref="Out"/> before writing to it.</summary>
    public Stream Output { get; }

    /// <summary>Standard output for text, flushed when the command ends.</summary>
    public TextWriter Out { get; }

    public TextWriter Error { get; }

    public required Func<Stream> OpenInput { get; init; }

    public bool InputIsTerminal { get; init; }

    public bool OutputIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    /// <summary>Columns and lines of the terminal on standard error, asked anew each time.</summary>
    public Func<(int Width, int Height)> Size { get; init; } = () => (80, 24);

    public Func<string, string?> Variable { get; init; } = _ => null;

    /// <summary>The whole environment.</summary>
    public Func<IReadOnlyDictionary<string, string>> Variables { get; init; } = () => new Dictionary<string, string>();

    public required string Folder { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The thread that runs the command is the process's own, and has nothing else to do.</summary>
    public bool OwnsThread { get; init; }

    /// <summary>
    /// Where the thread is ours, waits in place: the awaiting methods then go straight on, and none of what suspends
    /// and resumes them, some eight methods each, is compiled at every start (docs/decisions/0007).
    /// </summary>
    /// <returns>The same task, to be awaited.</returns>
    public T Stay<T>(T task) where T : Task
    {
        if (OwnsThread) ((IAsyncResult)task).AsyncWaitHandle.WaitOne();
        return task;
    }

    /// <summary>Who asks, for the audit log.</summary>
    public string User => Named("USER") ?? Named("LOGNAME") ?? Named("USERNAME") ?? Account.Name;

    public static CliConsole OfProcess() => new(
        new StandardStream(IsOpen(1) ? Console.OpenStandardOutput() : Stream.Null, "standard output cannot be written"),
        new StandardStream(IsOpen(2) ? Console.OpenStandardError() : Stream.Null, complaint: null))
    {
        OpenInput = () => IsOpen(0) ? Console.OpenStandardInput() : Stream.Null,
        InputIsTerminal = !Console.IsInputRedirected,
        OutputIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
        Size = () => (Console.WindowWidth, Console.WindowHeight),
        Variable = Environment.GetEnvironmentVariable,
        Variables = AllVariables,
        Folder = Environment.CurrentDirectory,
        OwnsThread = true,
    };

    /// <summary>
    /// What the caller closed may by now be the number of a file or pipe of the runtime's own: that is no stream.
    /// </summary>
    private static bool IsOpen(int descriptor) => !OperatingSystem.IsLinux() || Libc.IsInherited(descriptor);

    private string? Named(string variable) => Variable(variable) is { Length: > 0 } name ? name : null;

    private static Dictionary<string, string> AllVariables()
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (System.Collections.DictionaryEntry pair in Environment.GetEnvironmentVariables())
            all[(string)pair.Key] = (string?)pair.Value ?? "";
        return all;
    }

    public void Dispose()
    {
        Out.Dispose();
        Error.Dispose();
    }
}
