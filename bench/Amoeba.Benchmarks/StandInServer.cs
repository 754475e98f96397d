using System.Globalization;
using System.Text;
using System.Text.Json;
using Amoeba.Models;
using Amoeba.Processes;

namespace Amoeba.Benchmarks;

/// <summary>
/// The stand-in for models and feeds as a process of its own, so that its work is not counted as ours.
/// </summary>
internal sealed class StandInServer : IAsyncDisposable
{
    /// <summary>As many hosts as feeds.</summary>
    public const int Addresses = 50;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HttpClient _control;
    private readonly FileStream _life;
    private readonly RunningProgram _program;

    private StandInServer(Uri url, FileStream life, RunningProgram program)
    {
        (Url, _life, _program) = (url, life, program);
        _control = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = url };
    }

    public Uri Url { get; }

    /// <summary>Its models, as `m/NAME`.</summary>
    public ModelCatalog Models =>
        new([new ModelEntry { Name = "m", Kind = ModelKind.OpenAi, Url = new Uri(Url, "/v1"), Key = null }]);

    /// <summary>Why it cannot be started here; null where it can.</summary>
    public static string? Missing(BenchRoom room) => (Find(), room.Find("dotnet")) switch
    {
        (null, _) => "the stand-in server is not built; in Amoeba's source folder, "
            + "`dotnet build -c Release tests/Amoeba.ModelServer` builds it",
        (_, null) => "the stand-in server needs `dotnet`, which is not on PATH",
        _ => null,
    };

    public static async Task<StandInServer> StartAsync(BenchRoom room, CancellationToken cancel)
    {
        // It ends with its standard input, however this process ends.
        var fifo = Path.Combine(room.Folder, "stand-in");
        await room.RunAsync("mkfifo", [fifo], cancel);
        var output = new FirstLine();
        string[] arguments =
        [
            "-c", "exec dotnet \"$1\" --addresses \"$2\" --until-eof < \"$3\"", "stand-in",
            Find()!, Addresses.ToString(CultureInfo.InvariantCulture), fifo,
        ];
        var program = room.Start("sh", arguments, output);
        var life =
            await Task.Run(() => new FileStream(fifo, FileMode.Open, FileAccess.Write), cancel)
                .WaitAsync(Patience, BenchRoom.Time, cancel);
        var line = await output.Line.WaitAsync(Patience, BenchRoom.Time, cancel);
        File.Delete(fifo);
        return new StandInServer(new Uri(line.Replace("listening on ", "", StringComparison.Ordinal)), life, program);
    }

    /// <summary>The url at 127.0.0.<paramref name="address"/>.</summary>
    public Uri UrlOf(int address, string path) =>
        new(new UriBuilder(Url) { Host = string.Create(CultureInfo.InvariantCulture, $"127.0.0.{address}") }.Uri, path);

    /// <summary>Says what it does from now on, as JSON; counts begin anew.</summary>
    public async Task UseAsync(string script, CancellationToken cancel)
    {
        using var body = new StringContent(script, Encoding.UTF8, "application/json");
        using var said = await _control.PostAsync(new Uri("/_control/script", UriKind.Relative), body, cancel);
        said.EnsureSuccessStatusCode();
    }

    /// <summary>Waits until so many requests are under way.</summary>
    public async Task OpenAsync(int count, CancellationToken cancel)
    {
        var began = BenchRoom.Time.GetTimestamp();
        while (await NowAsync(cancel) < count)
        {
            if (BenchRoom.Time.GetElapsedTime(began) > Patience)
                throw new InvalidOperationException($"{count} calls did not become open");
            await Task.Delay(TimeSpan.FromMilliseconds(50), BenchRoom.Time, cancel);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _control.Dispose();
        await _life.DisposeAsync();
        await _program.Completion;
    }

    private async Task<int> NowAsync(CancellationToken cancel)
    {
        await using var said = await _control.GetStreamAsync(new Uri("/_control/stats", UriKind.Relative), cancel);
        using var stats = await JsonDocument.ParseAsync(said, cancellationToken: cancel);
        return stats.RootElement.GetProperty("now").GetInt32();
    }

    /// <summary>What was built, looked for from this program's folder upwards.</summary>
    private static string? Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            foreach (var kind in (string[])["release", "debug"])
            {
                var server = Path.Combine(folder.FullName, "artifacts", "bin",
                    "Amoeba.ModelServer", kind, "Amoeba.ModelServer.dll");
                if (File.Exists(server)) return server;
            }
        }

        return null;
    }

    private sealed class FirstLine : IProgramOutput
    {
        private readonly StringBuilder _text = new();
        private readonly TaskCompletionSource<string> _line = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> Line => _line.Task;

        public bool OnOutput(ProgramStream stream, ReadOnlySpan<byte> bytes)
        {
            if (_line.Task.IsCompleted) return true;
            _text.Append(Encoding.UTF8.GetString(bytes));
            if (stream == ProgramStream.Stdout && _text.ToString().Split('\n') is [var first, _, ..])
                _line.TrySetResult(first);
            return true;
        }

        public void OnExit(ProgramExit exit) => _line.TrySetException(
            new InvalidOperationException($"the stand-in server ended with {exit.Describe()}: {_text}"));
    }
}
