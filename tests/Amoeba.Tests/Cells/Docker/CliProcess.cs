using System.Text;
using Amoeba.Processes;
using Amoeba.Secrets;

namespace Amoeba.Tests.Cells.Docker;

/// <summary>
/// The command line as a process of its own, for what is done to processes. What it leaves is left alone.
/// </summary>
internal sealed class CliProcess : IProgramOutput
{
    private readonly StringBuilder _errors = new();
    private readonly RunningProgram _program;

    public CliProcess(ProgramLauncher launcher, string folder,
        IEnumerable<KeyValuePair<string, string>> variables, params string[] arguments)
    {
        var environment = EnvironmentBuilder.OfThisProcess()
            .Where(pair => pair.Key is "PATH" or "HOME" or "DOTNET_ROOT" or "TMPDIR")
            .Concat(variables).GroupBy(pair => pair.Key).Select(same => $"{same.Key}={same.Last().Value}");
        var start = new ProgramStart(Path.Combine(AppContext.BaseDirectory, "amoeba-cli"),
            arguments, [.. environment], folder)
        { Tree = TreeCare.Leave };
        var (program, failure) = launcher.Start(start, this);
        Assert.Null(failure);
        _program = program!;
    }

    public int Pid => _program.Pid;

    /// <summary>What it wrote to standard error.</summary>
    public string Errors
    {
        get
        {
            lock (_errors) return _errors.ToString();
        }
    }

    public async Task<ProgramExit> EndAsync() => await _program.Completion;

    public void Signal(int signal) => _ = Libc.Kill(Pid, signal);

    public bool OnOutput(ProgramStream stream, ReadOnlySpan<byte> bytes)
    {
        if (stream != ProgramStream.Stderr) return true;
        lock (_errors) _errors.Append(Encoding.UTF8.GetString(bytes));
        return true;
    }

    public void OnExit(ProgramExit exit)
    {
    }
}
