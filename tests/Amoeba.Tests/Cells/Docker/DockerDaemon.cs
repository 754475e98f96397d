using System.Text;
using Amoeba.Cells.Docker;
using Amoeba.Processes;

[assembly: AssemblyFixture(typeof(Amoeba.Tests.Cells.Docker.DockerDaemon))]

namespace Amoeba.Tests.Cells.Docker;

/// <summary>
/// A docker daemon of this run's own, in a folder of its own, with the image built once; started by the first test that
/// needs it. It touches no network of this machine.
/// </summary>
public sealed class DockerDaemon : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly ProgramLauncher _launcher = new(TimeProvider.System);
    private readonly Words _words = new();
    private Task? _started;
    private RunningProgram? _program;
    private string? _folder;

    internal string Host => $"unix://{_folder}/docker.sock";

    /// <summary>Of the parents whose cells use it.</summary>
    internal string Home => $"{_folder}/home";

    internal ContainerOwner Owner => new(ContainerLabels.Home, HomeId.Of(Home));

    internal IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string>
    {
        ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin",
        ["HOME"] = "/nowhere",
        ["DOCKER_HOST"] = Host,
        ["DOCKER_CONFIG"] = $"{_folder}/config",
    };

    /// <summary>What the build said, a line at a time.</summary>
    internal List<string> Told { get; } = [];

    internal BuiltImage? Image { get; private set; }

    /// <param name="launcher">Starts the client.</param>
    /// <param name="home">HOME of who calls it.</param>
    internal DockerClient Client(ProgramLauncher launcher, string home = "/nowhere") =>
        new(launcher, new DockerOptions(), new Dictionary<string, string>(Variables) { ["HOME"] = home });

    /// <summary>
    /// Starts the daemon and builds the image, once for all tests; skips the test where that cannot be.
    /// </summary>
    public Task StartAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess,
            "Only root starts a docker daemon.");
        var path = Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin";
        foreach (var program in (string[])["dockerd", "docker"])
            Assert.SkipWhen(Executables.Resolve(program, "/", path) is null,
                $"There is no {program}; `./test --all` installs it.");
        lock (_gate) return _started ??= Task.Run(() => BeginAsync(path));
    }

    public async ValueTask DisposeAsync()
    {
        if (_program is { } program)
        {
            program.End(TimeSpan.FromSeconds(10));
            await program.Completion;
        }

        _launcher.Dispose();
        if (_folder is not null) await RemoveAsync(_folder);
    }

    internal async Task<DockerAnswer> AskAsync(params string[] arguments) =>
        await Client(_launcher).AskAsync(arguments, CancellationToken.None);

    private async Task BeginAsync(string path)
    {
        _folder = Directory.CreateTempSubdirectory("amoeba-docker-").FullName;
        // As on many a desk: a client that is told to give all its containers a proxy, with a password in it.
        const string Config =
            """{"proxies": {"default": {"httpProxy": "http://me:secret@proxy:1", "httpsProxy": "http://me:secret@proxy:1", "noProxy": "here"}}}""";
        Directory.CreateDirectory($"{_folder}/config");
        await File.WriteAllTextAsync($"{_folder}/config/config.json", Config);
        string[] arguments =
        [
            "--data-root", $"{_folder}/data", "--exec-root",
            $"{_folder}/exec", "--pidfile", $"{_folder}/pid", "--host", Host,
            "--bridge", "none", "--iptables=false", "--ip6tables=false", "--ip-masq=false",
        ];
        var mark = $"AMOEBA_TEST_DAEMON={_folder}";
        var start = new ProgramStart(Executables.Resolve("dockerd", "/", path)!,
            arguments, [$"PATH={path}", $"HOME={_folder}", mark], "/")
        { Cookie = mark };
        _program = _launcher.Start(start, _words).Program;
        Assert.NotNull(_program);
        Assert.True(await Task.WhenAny(_words.Ready, _program.Completion) == _words.Ready, $"dockerd ended: {_words}");
        var build = new ImageBuild(Client(_launcher), path, Told.Add);
        Image = await build.RunAsync(null, AppContext.BaseDirectory, CancellationToken.None);
    }

    /// <summary>What the daemon mounted lies in it.</summary>
    private static async Task RemoveAsync(string folder)
    {
        using var launcher = new ProgramLauncher(TimeProvider.System);
        const string Text = "grep -o \"$0/[^ ]*\" /proc/self/mounts | sort -r | xargs -r umount; rm -rf \"$0\"";
        var start = new ProgramStart("/bin/sh", ["-c", Text, folder], ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], "/");
        await launcher.CaptureAsync(start, 1 << 16, TimeSpan.FromSeconds(30), CancellationToken.None);
    }

    private sealed class Words : IProgramOutput
    {
        private readonly StringBuilder _text = new();
        private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Ready => _ready.Task;

        public bool OnOutput(ProgramStream stream, ReadOnlySpan<byte> bytes)
        {
            lock (_text)
            {
                _text.Append(Encoding.UTF8.GetString(bytes));
                if (_text.ToString().Contains("API listen on", StringComparison.Ordinal)) _ready.TrySetResult();
            }

            return true;
        }

        public void OnExit(ProgramExit exit)
        {
        }

        public override string ToString()
        {
            lock (_text) return _text.ToString();
        }
    }
}
