using System.Text;
using System.Text.Json;
using Amoeba.Cells.Detached;
using Amoeba.Cli;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Hosting;
using Amoeba.Jobs;
using Amoeba.Processes;
using Amoeba.Stores.Sqlite;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Fakes;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cli;

/// <summary>What the command says and leaves where children go on without it.</summary>
[Collection("cells")] // their programs load the machine
public sealed class DetachedCommandTests : IDisposable
{
    private const string Waiting = "echo $$ > up.new; mv up.new up; until [ -e go ]; do sleep 0.05; done; echo done";

    private readonly Programs _programs = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _programs.Dispose();

    [Fact(Timeout = 120_000)]
    public async Task Run_detached_returns_at_once_and_a_parent_in_the_background_goes_on()
    {
        var command = await KeptCommand.StartLeavingAsync(_programs, "run", await PlanAsync(Waiting), "--detached");
        var (code, said) = await command.ExitAsync();
        Assert.True(code == ExitCodes.Done, command.Error);
        var job = said.TrimEnd('\n');
        Assert.Contains(
            $"job {job} goes on in the background: amoeba wait {job}, amoeba logs {job} -f\n", command.Error,
            StringComparison.Ordinal);
        await UpAsync();
        Assert.Equal(JobState.Running, Job().Status.State);
        var log = new FileInfo(Path.Combine(Home, "logs", $"{job}.background.log"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, log.UnixFileMode);

        await File.WriteAllTextAsync(Path.Combine(_programs.Folder, "go"), "", Cancel);
        Assert.Equal(ExitCodes.Done, (await CallAsync("", "wait", job)).Code);
        using var shown = JsonDocument.Parse((await CallAsync("", "show", job, "--json")).Out);
        Assert.Equal("done\n", shown.RootElement.GetProperty("output").GetString());
        Assert.Equal(1, Assert.Single(Rows()).Attempt);
        // The parent in the background ends when it has let go of its job.
        await Eventually.True(() => !Array.Exists(Parents(), ParentLock.IsHeld));
    }

    [Fact(Timeout = 120_000)]
    public async Task Each_detached_returns_at_once_too()
    {
        await File.WriteAllTextAsync(Path.Combine(_programs.Folder, "one.txt"), "", Cancel);
        var command = await KeptCommand.StartLeavingAsync(
            _programs, "each", "*.txt", "--detached", "--yes", "--", "sh", "-c", Waiting);
        var (code, said) = await command.ExitAsync();
        Assert.True(code == ExitCodes.Done, command.Error);
        await UpAsync();
        Assert.Equal(JobState.Running, Job().Status.State);
        await File.WriteAllTextAsync(Path.Combine(_programs.Folder, "go"), "", Cancel);
        Assert.Equal(ExitCodes.Done, (await CallAsync("", "wait", said.TrimEnd('\n'))).Code);
    }

    [Fact(Timeout = 120_000)]
    public async Task Ctrl_c_says_that_detached_children_go_on_and_they_do()
    {
        var command = await KeptCommand.StartLeavingAsync(
            _programs, "run", await PlanAsync(Waiting), "--cell", "detached", "--yes");
        var pid = await UpAsync();
        command.Send(Libc.SigInt);
        var (code, _) = await command.ExitAsync();
        Assert.Equal(ExitCodes.Interrupted, code);
        var job = Job().Id;
        Assert.Contains("stopping: detached children go on by themselves. To take them up, resume with: "
            + $"amoeba resume {job}\n", command.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("s to end", command.Error, StringComparison.Ordinal);
        Assert.True(CellRig.IsAlive(pid));

        Assert.Equal(ExitCodes.Done, (await CallAsync("", "cancel", job)).Code);
        Assert.False(CellRig.IsAlive(pid));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_detached_job_is_cancelled_also_where_what_it_wrote_finds_no_room()
    {
        const string Much = "head -c 300000 /dev/zero; " + Waiting;
        var command = await KeptCommand.StartLeavingAsync(
            _programs, "run", await PlanAsync(Much), "--cell", "detached", "--yes");
        var pid = await UpAsync();
        command.Send(Libc.SigInt);
        Assert.Equal(ExitCodes.Interrupted, (await command.ExitAsync()).Code);

        using (SmallDisk.Mount(Path.Combine(Home, "outputs"), 64 << 10))
        {
            var (code, _, error) = await CallAsync("", "cancel", "last");
            Assert.True(code == ExitCodes.Done, error);
        }

        Assert.Equal(JobState.Cancelled, Job().Status.State);
        Assert.False(CellRig.IsAlive(pid));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("n\n", false)]
    [InlineData("", false)]
    [InlineData("y\n", true)]
    [InlineData(" yes \n", true)]
    public async Task Clean_asks_where_somebody_is_there_to_answer(string answer, bool isAllowed)
    {
        var folder = await LeftAsync();
        var (code, _, error) = await CallAsync(answer, terminal: true, "cells", "clean");
        Assert.Equal(ExitCodes.Done, code);
        Assert.Contains("detached cell c-1 of job j-gone, failed: its job is gone.\n", error, StringComparison.Ordinal);
        Assert.Contains("End and remove all of it? [y/N] ", error, StringComparison.Ordinal);
        Assert.EndsWith(isAllowed ? "cleaned up: 1 cell removed.\n" : "nothing was touched.\n", error,
            StringComparison.Ordinal);
        Assert.Equal(!isAllowed, folder.Exists);
    }

    [Fact(Timeout = 60_000)]
    public async Task Clean_touches_nothing_where_nobody_can_be_asked_and_says_what_would_do_it()
    {
        var folder = await LeftAsync();
        var (code, _, error) = await CallAsync("y\n", "cells", "clean");
        Assert.Equal(ExitCodes.BadInput, code);
        Assert.Contains("'amoeba cells clean' ends what is named above for good: say --yes to do it", error,
            StringComparison.Ordinal);
        Assert.True(folder.Exists);

        (code, _, error) = await CallAsync("", "cells", "clean", "--yes");
        Assert.Equal((ExitCodes.Done, false), (code, folder.Exists));
        Assert.DoesNotContain("[y/N]", error, StringComparison.Ordinal);
        Assert.Equal("nothing to clean.\n", (await CallAsync("", "cells", "clean")).Error);
    }

    private string Home => Path.Combine(_programs.Folder, "home");

    private string[] Parents() => Directory.GetFiles(Path.Combine(Home, "run", "parents"));

    /// <summary>An attempt whose job is gone, and whose worker is.</summary>
    private async Task<DetachedFolder> LeftAsync()
    {
        Assert.Equal(ExitCodes.Done, (await CallAsync("", "run", await PlanAsync("true"))).Code);
        var folder = DetachedFolder.Of(DetachedFolder.RootOf(Home), "j-gone", 0, 1, 0);
        folder.Make();
        var stale = DetachedClaim.Own(isStarted: true, "c-1", "parent-1", DateTimeOffset.UnixEpoch);
        Assert.True((stale with { Process = stale.Process with { StartTicks = 1 } }).TryMake(folder));
        return folder;
    }

    private async Task<string> PlanAsync(string text)
    {
        var plan = Path.Combine(_programs.Folder, "plan.json");
        await File.WriteAllTextAsync(plan,
            $$"""{ "name": "n", "tasks": [{ "id": "a", "do": { "sh": "{{text}}" } }], "merge": "lines" }""", Cancel);
        return plan;
    }

    private async Task<int> UpAsync()
    {
        var up = Path.Combine(_programs.Folder, "up");
        await Eventually.True(() => File.Exists(up));
        return int.Parse(await File.ReadAllTextAsync(up, Cancel), provider: null);
    }

    private StoredJob Job() => Read(store => store.ListJobs(null, 1)[0]);

    private IReadOnlyList<TaskRecord> Rows() => Read(store => store.ReadTasks(store.ListJobs(null, 1)[0].Id, 0, 9));

    private T Read<T>(Func<IStoreReader, T> read)
    {
        using var store = SqliteStore.OpenReadOnly(new HomeFolder(Home).Store);
        return read(store.Reader);
    }

    private Task<CliRun> CallAsync(string input, params string[] arguments) => CallAsync(input, false, arguments);

    private async Task<CliRun> CallAsync(string input, bool terminal, params string[] arguments)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        int code;
        using (var console = new CliConsole(output, error)
        {
            OpenInput = () => new MemoryStream(Encoding.UTF8.GetBytes(input)),
            InputIsTerminal = terminal,
            ErrorIsTerminal = terminal,
            Folder = _programs.Folder,
            Variable = name => name switch
            {
                "AMOEBA_HOME" => Home,
                "AMOEBA_ZONES" => "off",
                "PATH" => Environment.GetEnvironmentVariable("PATH"),
                "USER" => "ada",
                "NO_COLOR" => "1",
                _ => null,
            },
        })
        {
            code = await Entry.RunAsync(arguments, console);
        }

        return new CliRun(code, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }
}
