using System.Text;
using System.Text.RegularExpressions;
using Amoeba.Cells.Docker;
using Amoeba.Cli;
using Amoeba.Processes;
using Amoeba.Tests.Architecture;
using Amoeba.Tests.Cells.Docker;
using Amoeba.Tests.Cli;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Fakes;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Acceptance;

/// <summary>Jobs in containers from the command line, with a daemon.</summary>
[Collection("cells")]
public sealed partial class ContainerSampleTests(DockerDaemon daemon) : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly ProgramLauncher _launcher = new(TimeProvider.System);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await daemon.StartAsync();
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_101_101);
        foreach (var folder in (string[])["samples", "docs"]) Directory.CreateDirectory(_folder[folder]);
        File.Copy(Path.Combine(Repository.Root, "samples/container.yaml"), _folder["samples/container.yaml"]);
        foreach (var file in Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md"))
            File.WriteAllText(_folder[$"docs/{Path.GetFileName(file)}"], await File.ReadAllTextAsync(file, Cancel));
    }

    public ValueTask DisposeAsync()
    {
        _launcher.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact(Timeout = 120_000)]
    public async Task The_container_sample_counts_words_as_nobody_without_a_network()
    {
        var run = await RunAsync("run", "samples/container.yaml");
        Assert.True(run.Code == 0, $"exit {run.Code}: {run.Error}");
        var lines = run.Out.TrimEnd('\n').Split('\n');
        Assert.Equal(Directory.GetFiles(_folder["docs"]).Length, lines.Length);
        Assert.All(lines, line => Assert.Matches(Counted(), line));

        var results = await RunAsync("results", "last", "--jsonl");
        Assert.Contains("\"spawn_seconds\"", results.Out, StringComparison.Ordinal);
        Assert.Empty(await LeftAsync(_folder["home"]));
        Assert.Equal(0, (await RunAsync("cells")).Code);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_home_in_the_jobs_folder_is_an_empty_one_to_its_tasks_that_still_get_their_inputs()
    {
        Directory.CreateDirectory(_folder["home"]);
        await File.WriteAllTextAsync(_folder["home/config.yaml"], "inherit: [SECRET]\n", Cancel);
        await File.WriteAllTextAsync(_folder["plan.yaml"], """
            cell: docker
            tasks:
              - { id: first, do: { sh: "find home; touch home/mine home/outputs/mine 2>/dev/null || echo closed" } }
              - { id: second, needs: first, do: { sh: "wc -l <$AMOEBA_INPUT" } }
            """, Cancel);
        var run = await RunAsync("run", "plan.yaml", "--yes");
        Assert.True(run.Code == 0, $"exit {run.Code}: {run.Error}");
        var inputs = Path.GetRelativePath(
            _folder.Path, Directory.GetDirectories(_folder["home/outputs"], "inputs", SearchOption.AllDirectories)[0]);
        Assert.Equal($"home\nhome/outputs\n{Path.GetDirectoryName(inputs)}\n{inputs}\nclosed\n",
            (await RunAsync("logs", "last", "first")).Out);
        Assert.Equal("5\n", (await RunAsync("logs", "last", "second")).Out);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_container_that_is_paused_is_gone_soon_after_its_parent_was_killed()
    {
        using var programs = new Programs();
        var folder = programs.Folder;
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
        var started = new Signal(Path.Combine(folder, "started"));
        await File.WriteAllTextAsync(Path.Combine(folder, "long.yaml"),
            "cell: docker\ntasks: [{ id: only, do: { sh: 'echo > started; sleep 300' } }]\n", Cancel);
        // What it leaves comes to a process that ends nothing: its guardian is to do that.
        var parent =
            await KeptCommand.StartAsync(programs, ["run", "long.yaml", "--yes"], $"DOCKER_HOST={daemon.Host}");
        await started.HeardAsync();
        var home = Path.Combine(folder, "home");
        var found = Assert.Single(await LeftAsync(home));
        var paused = await daemon.AskAsync("pause", found.Name);
        Assert.True(paused.Done, paused.Complaint);

        await parent.KillAsync();
        var start = TimeProvider.System.GetTimestamp();
        Assert.True(await ParentLock.WaitUntilFree(
            ParentLock.PathOf(home, found.Parent),
            TimeSpan.FromSeconds(30), TimeProvider.System, Cancel), parent.Error);
        TestContext.Current.TestOutputHelper?.WriteLine($"{TimeProvider.System.GetElapsedTime(start)}");
        // The guardian has waited ten seconds at most for the daemon, which goes on with what it was told.
        while ((await LeftAsync(home)).Count > 0)
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Cancel);
    }

    private IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string>(daemon.Variables)
    {
        ["AMOEBA_HOME"] = _folder["home"],
        ["AMOEBA_ZONES"] = "off",
    };

    private Task<IReadOnlyList<FoundContainer>> LeftAsync(string home) =>
        Containers.ListAsync(daemon.Client(_launcher), ContainerOwner.OfHome(home)!, Cancel);

    private async Task<CliRun> RunAsync(params string[] arguments)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        using var console = new CliConsole(output, error)
        {
            OpenInput = () => Stream.Null,
            Folder = _folder.Path,
            Variable = name => Variables.GetValueOrDefault(name),
            Variables = () => Variables,
        };
        var code = await Entry.RunAsync(arguments, console);
        return new CliRun(code, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }

    [GeneratedRegex(@"^docs/[\w-]+\.md: \d+ words, counted by user [1-9]\d*, whose network is lo $")]
    private static partial Regex Counted();
}
