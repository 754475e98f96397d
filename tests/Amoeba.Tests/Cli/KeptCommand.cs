using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using Amoeba.Processes;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cli;

/// <summary>
/// The command in a process of its own, to be signalled and killed. Between it and the test stands a keeper (the test
/// executable, started with a variable): a subreaper that ends nothing, so that what outlives the command is not ended
/// by the test's own launcher, nor what its guardian should have ended.
/// </summary>
internal sealed class KeptCommand
{
    private const string ArgumentsVariable = "AMOEBA_TEST_KEPT_COMMAND", FolderVariable = "AMOEBA_TEST_KEPT_FOLDER",
        StaysVariable = "AMOEBA_TEST_KEPT_STAYS";
    private const string Exit = "keeper: exit ";

    private readonly Started _keeper;

    private readonly bool _stays;

    private KeptCommand(Started keeper, int pid, bool stays) => (_keeper, Pid, _stays) = (keeper, pid, stays);

    public int Pid { get; }

    public bool HasEnded => _keeper.Stdout.Contains(Exit, StringComparison.Ordinal);

    public string Error => _keeper.Stderr;

    /// <summary>
    /// Starts it in the folder of the programs, with its home there; more of the environment is NAME=VALUE.
    /// </summary>
    public static Task<KeptCommand> StartAsync(Programs programs, string[] arguments, params string[] environment) =>
        StartAsync(programs, arguments, stays: false, environment);

    /// <summary>As <see cref="StartAsync(Programs, string[], string[])"/>; what it leaves is kept also where it ends
    /// by itself.</summary>
    public static Task<KeptCommand> StartLeavingAsync(Programs programs, params string[] arguments) =>
        StartAsync(programs, arguments, stays: true, [$"{StaysVariable}=1"]);

    /// <summary>
    /// As <see cref="StartLeavingAsync(Programs, string[])"/>; more of the environment is NAME=VALUE.
    /// </summary>
    public static Task<KeptCommand> StartLeavingAsync(Programs programs, string[] arguments, string environment) =>
        StartAsync(programs, arguments, stays: true, [$"{StaysVariable}=1", environment]);

    private static async Task<KeptCommand> StartAsync(
        Programs programs, string[] arguments, bool stays, string[] environment)
    {
        var cookie = Programs.NewCookie();
        string[] all =
        [
            .. Variables(programs.Folder), cookie, $"{ArgumentsVariable}={string.Join('\n', arguments)}",
            $"{FolderVariable}={programs.Folder}", .. environment,
        ];
        var keeper = programs.Start(OwnExecutable.In(programs.Folder, all) with { Cookie = cookie });
        await keeper.Sink.Saw("\n");
        return new KeptCommand(
            keeper, int.Parse(keeper.Stdout.Split('\n')[0], CultureInfo.InvariantCulture), stays);
    }

    public void Send(int signal) => Assert.Equal(0, Libc.Kill(Pid, signal));

    /// <summary>How it ended: its exit code, or -1 where that was a signal; with its standard output.</summary>
    public async Task<(int Code, string Out)> ExitAsync()
    {
        await _keeper.Sink.Saw(Exit);
        if (!_stays) await _keeper.Exit();
        var lines = _keeper.Stdout;
        var end = lines.LastIndexOf(Exit, StringComparison.Ordinal);
        var begin = lines.IndexOf('\n', StringComparison.Ordinal) + 1;
        return (int.Parse(lines[(end + Exit.Length)..], CultureInfo.InvariantCulture), lines[begin..end]);
    }

    /// <summary>Kills it, and waits until it is gone; its keeper stays, and with it what it left.</summary>
    public async Task KillAsync()
    {
        Send(Libc.SigKill);
        await _keeper.Sink.Saw(Exit);
    }

    private static string[] Variables(string folder) =>
    [
        $"AMOEBA_HOME={Path.Combine(folder, "home")}", "AMOEBA_ZONES=off", "USER=ada",
        "DOTNET_EnableDiagnostics=0", // its sockets would stay in the temp folder of a process that is killed
    ];

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The runner owns Main; this comes before it.")]
    internal static void Become()
    {
        if (Environment.GetEnvironmentVariable(ArgumentsVariable) is not { } arguments) return;
        var folder = Environment.GetEnvironmentVariable(FolderVariable)!;
        var stays = Environment.GetEnvironmentVariable(StaysVariable) is not null;
        var own = (string[])[ArgumentsVariable, FolderVariable, StaysVariable, "AMOEBA_ATTEMPT"];
        var environment = Amoeba.Secrets.EnvironmentBuilder.OfThisProcess()
            .Where(pair => !own.Contains(pair.Key)).Select(pair => $"{pair.Key}={pair.Value}");
        var launcher = new ProgramLauncher(TimeProvider.System, endUnknownOrphans: false);
        var start = new ProgramStart(Path.Combine(AppContext.BaseDirectory, "amoeba-cli"),
            arguments.Split('\n'), [.. environment], folder)
        {
            Tree = TreeCare.Leave,
        };
        var program = launcher.Start(start, new Forward()).Program!;
        Console.WriteLine(program.Pid.ToString(CultureInfo.InvariantCulture));
        var exit = program.Completion.GetAwaiter().GetResult();
        Console.WriteLine(FormattableString.Invariant($"{Exit}{exit.Code ?? -1}"));
        // A command that ended by itself left nothing to keep; what one left that was killed is the test's to look at.
        if (exit.Code is null || stays) new ManualResetEventSlim().Wait();
        Environment.Exit(0);
    }

    private sealed class Forward : IProgramOutput
    {
        public bool OnOutput(ProgramStream stream, ReadOnlySpan<byte> bytes)
        {
            using var to = stream == ProgramStream.Stdout ? Console.OpenStandardOutput() : Console.OpenStandardError();
            to.Write(bytes);
            return true;
        }

        public void OnExit(ProgramExit exit)
        {
        }
    }
}
