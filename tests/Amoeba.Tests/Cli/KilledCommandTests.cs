using System.Text.Json;
using Amoeba.Cells.Detached;
using Amoeba.Jobs;
using Amoeba.Processes;
using Amoeba.Stores.Sqlite;
using Amoeba.Tests.Cells.Docker;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cli;

/// <summary>
/// kill -9 of the command while its tasks have trees three deep, with sessions of their own and double forks.
/// </summary>
[Collection("cells")] // their programs load the machine, and orphans are told apart by what else runs
public sealed class KilledCommandTests(DockerDaemon daemon) : IDisposable
{
    /// <summary>
    /// Sleeping processes of one task, none of which ends by itself while the file `go` is not there.
    /// </summary>
    private const int Sleepers = 6;

    private const int Tasks = 3;

    private const string Tree = """
        echo $AMOEBA_ITEM >> began
        setsid sh -c 'setsid sh -c "(sleep 301 &); (setsid sleep 301 &); sleep 301" & sleep 301' &
        (setsid sh -c '(sleep 301 &); exec sleep 301' &)
        until [ -e go ]; do sleep 0.05; done
        echo done $AMOEBA_ITEM
        """;

    /// <summary>
    /// As long as what is left may take: 2 s, and on a machine that is busy longer by what the looks of a guardian are
    /// slowed down there.
    /// </summary>
    private const string TwoSeconds = """
        i=0; while [ $i -lt 20 ]; do
          i=$((i+1)); grep -lsxzF nothing /proc/[0-9]*/environ; cat /proc/[0-9]*/stat >/dev/null 2>&1; sleep 0.1
        done
        """;

    private readonly Programs _programs = new();
    private readonly string _mark = $"KILLED_TEST_MARK={Guid.NewGuid():N}";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _programs.Dispose();

    [Theory(Timeout = 300_000)]
    [InlineData("thread")]
    [InlineData("process")]
    [InlineData("docker")]
    public async Task Nothing_of_an_attached_child_survives(string cell)
    {
        var command = await StartAsync(cell);
        await command.KillAsync();
        var twoSeconds = _programs.Start(_programs.Shell(TwoSeconds));
        await Eventually.True(() => Marked().Count == 0);
        // A daemon takes its own time for a container.
        if (cell != "docker") Assert.False(twoSeconds.Program.Completion.IsCompleted, "it took more than 2 s");
        twoSeconds.Program.Kill();
        await WaitForGuardianAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task Everything_of_detached_children_survives_and_all_are_taken_up_and_count_once()
    {
        var command = await StartAsync("detached");
        var before = Marked().Select(stat => stat.Identity).Where(IsSleeper).ToHashSet();
        await command.KillAsync();
        await WaitForGuardianAsync();
        Assert.All(before, sleeper => Assert.True(sleeper.IsAlive()));
        var claims = DetachedFolder.List(DetachedFolder.RootOf(Home), null)
            .Select(folder => DetachedClaim.Read(folder)!).ToList();
        Assert.Equal(Tasks, claims.Count);
        Assert.All(claims, claim => Assert.True(claim.IsAlive));

        var resumed = await KeptCommand.StartAsync(_programs, ["resume", "last", "--json"]);
        await Eventually.True(
            () => Rows().Count(row => row.State == TaskState.Running) == Tasks && Owner() is not null);
        await File.WriteAllTextAsync(Path.Combine(_programs.Folder, "go"), "", Cancel);
        var (code, said) = await resumed.ExitAsync();
        Assert.True(code == 0, resumed.Error);
        Assert.Equal("done 1\ndone 2\ndone 3\n",
            JsonDocument.Parse(said).RootElement.GetProperty("output").GetString());
        Assert.All(Rows(), row => Assert.Equal((1, 0, 0), (row.Attempt, row.Failures, row.Losses)));
        Assert.Equal(["1", "2", "3"],
            (await File.ReadAllLinesAsync(Path.Combine(_programs.Folder, "began"), Cancel)).Order());
        // What a task left running ends with it, also there.
        await Eventually.True(() => Marked().Count == 0);
    }

    private string Home => Path.Combine(_programs.Folder, "home");

    private async Task<KeptCommand> StartAsync(string cell)
    {
        List<string> environment = [];
        if (cell == "docker")
        {
            await daemon.StartAsync();
            environment.Add($"DOCKER_HOST={daemon.Host}");
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_programs.Folder, (UnixFileMode)0b111_111_111);
        }

        var plan = Path.Combine(_programs.Folder, "plan.json");
        await File.WriteAllTextAsync(plan, JsonSerializer.Serialize(new
        {
            name = "n",
            each = new[] { "1", "2", "3" },
            children = Tasks,
            cell,
            env = new Dictionary<string, string> { [_mark.Split('=')[0]] = _mark.Split('=')[1] },
            @do = new { sh = Tree },
            estimate = new { seconds = 300 },
            merge = "lines",
        }), Cancel);
        await File.WriteAllTextAsync(Path.Combine(_programs.Folder, "amoeba.yaml"),
            "caps: { docker_per_minute: 600 }\n", Cancel);
        var command = await KeptCommand.StartAsync(_programs, ["run", plan, "--yes", "--json"], [.. environment]);
        await Eventually.True(
            () => command.HasEnded || Marked().Select(stat => stat.Identity).Count(IsSleeper) == Tasks * Sleepers,
            Patience);
        Assert.False(command.HasEnded, command.Error);
        return command;
    }

    /// <summary>A container's first one takes its time.</summary>
    private static TimeSpan Patience => TimeSpan.FromSeconds(90);

    private List<ProcessStat> Marked()
    {
        var cookie = ProcFs.Cookie(_mark);
        var found = new List<ProcessStat>();
        foreach (var pid in ProcFs.Pids())
        {
            if (ProcFs.HasEntry(ProcFs.Environment(pid), cookie)
                && ProcFs.TryReadStat(pid, out var stat) && !stat.IsZombie) found.Add(stat);
        }

        return found;
    }

    /// <summary>One of those that stay, not of those that the waiting shells start anew.</summary>
    private static bool IsSleeper(ProcessIdentity process)
    {
        try
        {
            return File.ReadAllText(FormattableString.Invariant($"/proc/{process.Pid}/cmdline")) == "sleep\0301\0";
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>It holds the lock until it has ended what was its to end.</summary>
    private Task WaitForGuardianAsync()
    {
        using var store = SqliteStore.OpenReadOnly(new Amoeba.Hosting.HomeFolder(Home).Store);
        var locks = store.Reader.ListParents().Select(parent => ParentLock.PathOf(Home, parent.Id)).ToList();
        return Eventually.True(() => !locks.Exists(ParentLock.IsHeld));
    }

    private IReadOnlyList<Amoeba.Engine.Records.TaskRecord> Rows() =>
        Read(reader => reader.ReadTasks(reader.ListJobs(null, 1)[0].Id, 0, 10));

    private string? Owner() =>
        Read(
            reader =>
                reader.ListJobs(null, 1)[0].Owner is { } owner && ParentLock.IsHeld(ParentLock.PathOf(Home, owner))
                    ? owner
                    : null);

    private T Read<T>(Func<Amoeba.Engine.Ports.IStoreReader, T> read)
    {
        using var store = SqliteStore.OpenReadOnly(new Amoeba.Hosting.HomeFolder(Home).Store);
        return read(store.Reader);
    }
}
