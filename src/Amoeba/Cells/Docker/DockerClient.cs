using System.Text;
using Amoeba.Processes;

namespace Amoeba.Cells.Docker;

/// <summary>What the client answered.</summary>
/// <param name="Done">It ended with 0.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Complaint">What it wrote to standard error, or why it could not be called.</param>
internal sealed record DockerAnswer(bool Done, string Output, string Complaint)
{
    /// <summary>It was waited for in vain: the daemon hangs.</summary>
    public bool TimedOut { get; init; }
}

/// <summary>
/// Calls the docker client. Nothing but what it needs to find its daemon is in its environment. Safe from any thread.
/// </summary>
internal sealed class DockerClient(
    ProgramLauncher launcher, DockerOptions options, IReadOnlyDictionary<string, string> environment)
{
    private const int MostOutput = 4 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string[] Passed =
        ["PATH", "HOME", "LANG", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME",
            "XDG_DATA_HOME", "CONTAINER_HOST", "SSH_AUTH_SOCK"];

    private static readonly string[] Choosing = ["DOCKER_HOST", "DOCKER_CONTEXT", "CONTAINER_HOST"];

    private readonly string? _path =
        Executables.Resolve(options.Command, Environment.CurrentDirectory, environment.GetValueOrDefault("PATH"));

    public DockerOptions Options => options;

    public ProgramLauncher Launcher => launcher;

    public string? Host => environment.GetValueOrDefault("DOCKER_HOST") is { Length: > 0 } host ? host : null;

    /// <summary>
    /// What chooses the daemon, for a person; two clients that say the same here ask the same one, unless a context was
    /// chosen in docker's own configuration meanwhile.
    /// </summary>
    public string Address => string.Join(' ', [options.Command, .. Choosing
        .Where(name => environment.GetValueOrDefault(name) is { Length: > 0 })
        .Select(name => $"{name}={environment[name]}")]);

    public string? Home => environment.GetValueOrDefault("HOME");

    public DockerProblem? NotInstalled => _path is null ? DockerWords.NoProgram(options.Command) : null;

    /// <summary>What a complaint of the client means, and what to do about it.</summary>
    public string WordsOf(string complaint) => DockerWords.Of(complaint, options.Image, Host).Words;

    /// <summary>A call of the client, to be started.</summary>
    /// <param name="arguments">What follows the client's name.</param>
    /// <param name="own">Further entries of its environment; the last is known as the mark of its tree.</param>
    public ProgramStart Call(IReadOnlyList<string> arguments, IReadOnlyList<string> own) => new(
        _path ?? throw new InvalidOperationException("There is no docker client."),
        arguments, [.. Inherited(), .. own], "/")
    {
        Name = options.Command,
        Cookie = own.Count > 0 ? own[^1] : null,
    };

    /// <summary>
    /// Gives a shell the client's variables, in one line: none may stand in an argument of a program, which everybody
    /// can read, because passwords are among them.
    /// </summary>
    public string VariablesInShell() => string.Join(' ',
        [
            "export",
            .. Inherited().Where(entry => !entry.Contains('\n', StringComparison.Ordinal))
                .Select(entry => entry.Split('=', 2))
                .Where(entry => entry[0].All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_'))
                .Select(entry => $"{entry[0]}={Quoted(entry[1])}"),
        ]);

    /// <summary>A call of the client as words of a shell that has its variables.</summary>
    public string InShell(IReadOnlyList<string> arguments) =>
        string.Join(' ', [Quoted(Call(arguments, []).Executable), .. arguments.Select(Quoted)]);

    /// <summary>Calls it and waits. A failure is an answer.</summary>
    public async Task<DockerAnswer> AskAsync(
        IReadOnlyList<string> arguments, CancellationToken cancel, TimeSpan? patience = null)
    {
        if (NotInstalled is { } lack) return new DockerAnswer(false, "", lack.Message);
        var (run, failure) = await launcher.CaptureAsync(Call(arguments, []), MostOutput, patience ?? Patience, cancel);
        if (run is null) return new DockerAnswer(false, "", failure!.Message);
        var complaint = Encoding.UTF8.GetString(run.Stderr).Trim();
        if (run.TimedOut) complaint = $"{DockerWords.Silent}: {options.Command} {arguments[0]}. {complaint}";
        return new DockerAnswer(run.Exit.Code == 0 && !run.TimedOut, Encoding.UTF8.GetString(run.Stdout), complaint)
        {
            TimedOut = run.TimedOut,
        };
    }

    /// <summary>What is in the way of making containers; null and the image's id where nothing is.</summary>
    public async Task<(DockerProblem? Problem, string Image)> CheckAsync(
        CancellationToken cancel, TimeSpan? patience = null)
    {
        if (NotInstalled is { } lack) return (lack, "");
        string[] ask =
            ["image", "inspect", "--format",
                $"{{{{.Id}}}} {{{{index .Config.Labels \"{ContainerLabels.Protocol}\"}}}}", options.Image];
        var answer = await AskAsync(ask, cancel, patience);
        if (!answer.Done) return (DockerWords.Of(answer.Complaint, options.Image, Host), "");
        var words = answer.Output.Trim().Split(' ');
        var protocol = words.Length > 1 && words[1] != "<no" ? words[1] : "";
        return protocol == ContainerLabels.OurProtocol
            ? (null, words[0])
            : (DockerWords.OtherImage(options.Image, protocol), words[0]);
    }

    private static string Quoted(string word) => $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private IEnumerable<string> Inherited() => environment
        .Where(
            variable => Passed.Contains(variable.Key) || variable.Key.StartsWith("DOCKER_", StringComparison.Ordinal))
        .Select(variable => $"{variable.Key}={variable.Value}");
}
