using System.Text;
using Amoeba.Cells.Detached;
using Amoeba.Cli;
using Amoeba.Hosting;
using Amoeba.Hosting.Reading;
using Amoeba.Hosting.Remains;
using Amoeba.Hosting.Running;
using Amoeba.Processes;
using Amoeba.Secrets;
using Amoeba.Stores.Sqlite;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Fakes;
using Amoeba.Tests.Processes;
using Parent = Amoeba.Hosting.Running.Parent;
using Programs = Amoeba.Tests.Processes.Programs;

namespace Amoeba.Tests.Cli;

/// <summary>Commands beside a parent that stands still, and one that is asked to end again and again.</summary>
[Collection("cells")] // their programs load the machine
public sealed class AfterParentTests : IDisposable
{
    private readonly Programs _programs = new();
    private readonly ManualTime _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _programs.Dispose();
        _time.Dispose();
    }

    [Fact(Timeout = 120_000)]
    public async Task A_parent_that_does_not_answer_is_not_bad_input()
    {
        var command = await StartAsync("touch up; exec sleep 300");
        string said;
        do
        {
            // It may be stopped in the middle of a commit: then it is the store that is told to be held, and it gets a
            // moment to end that. Stopped at once again, none of its threads would come to its next step.
            command.Send(Libc.SigCont);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Cancel);
            command.Send(Libc.SigStop);
            await Stopped.StandsStillAsync(command.Pid);
            using var error = new MemoryStream();
            var asked = CallAsync(error, _time, "cancel", "last");
            await Eventually.True(() =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(100));
                return asked.IsCompleted;
            });

            Assert.Equal(ExitCodes.Lacking, await asked);
            said = Encoding.UTF8.GetString(error.ToArray());
        }
        while (said.StartsWith("amoeba: The store ", StringComparison.Ordinal));

        Assert.Matches("did not answer within 30 s; it may be busy or stopped, and does it when it goes on", said);
        command.Send(Libc.SigCont);
        Assert.Equal(ExitCodes.Failed, (await command.ExitAsync()).Code);
    }

    [Fact(Timeout = 120_000)]
    public async Task However_often_it_is_asked_to_end_it_says_so_by_its_exit_code()
    {
        var command = await StartAsync("touch up; exec sleep 300");
        while (!command.HasEnded)
        {
            _ = Libc.Kill(command.Pid, Libc.SigInt);
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, Cancel);
        }

        Assert.Equal(ExitCodes.Interrupted, (await command.ExitAsync()).Code);
    }

    [Theory(Timeout = 120_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_a_killed_worker_and_its_killed_guardian_left_is_shown_and_ended(bool byCommand)
    {
        var command = await StartAsync("echo $$ > up.new; mv up.new up; exec sleep 300", "detached");
        var pid = int.Parse(await File.ReadAllTextAsync(Path.Combine(_programs.Folder, "up"), Cancel), provider: null);
        await command.KillAsync();
        var folder = Assert.Single(DetachedFolder.List(DetachedFolder.RootOf(Home), null));
        await KillWithGuardianAsync(DetachedClaim.Read(folder)!.Process);
        await Eventually.True(() => !DetachedClaim.Read(folder)!.IsAlive);
        Assert.True(CellRig.IsAlive(pid));
        using (var store = SqliteStore.OpenReadOnly(new HomeFolder(Home).Store))
        {
            var remains = new DetachedRemains(Home, store.Reader, _ => false, TimeProvider.System);
            var cell = Assert.Single(remains.List(folder.Job));
            Assert.Equal((DetachedRemains.Orphaned, pid), (cell.State, cell.Pid));
            Assert.Equal("its worker is gone, and 1 process of it is left", remains.WhyUnowned(cell));
            Assert.Empty(new DetachedSight(Home).GoingOn(folder.Job));
        }

        // The command's guardian leaves detached trees alone, and holds its lock for as long as it looks around.
        var parents = Directory.GetFiles(Path.Combine(Home, "run", "parents"));
        await Eventually.True(() => !Array.Exists(parents, ParentLock.IsHeld));
        if (byCommand)
        {
            Assert.Equal(ExitCodes.Done, await CallAsync(Stream.Null, TimeProvider.System, "cells", "clean", "--yes"));
            Assert.False(CellRig.IsAlive(pid));
        }
        else
        {
            await using var next = Parent.Open(new ParentOptions
            {
                Home = Home,
                Environment = EnvironmentBuilder.OfThisProcess(),
                Zones = new(Off: true),
            });
            await Eventually.True(() => !CellRig.IsAlive(pid));
        }

        Assert.True(folder.Exists); // by it whoever takes the job sees the loss
    }

    [Fact(Timeout = 120_000)]
    public async Task Cleaning_after_a_claim_whose_number_is_another_process_by_now_leaves_that_process_alone()
    {
        var plan = Path.Combine(_programs.Folder, "nothing.json");
        await File.WriteAllTextAsync(plan, """{ "name": "n", "each": ["a"], "do": { "wait": 0 } }""", Cancel);
        Assert.Equal(ExitCodes.Done, await CallAsync(Stream.Null, TimeProvider.System, "run", plan));
        var other = _programs.Start(_programs.Shell("echo up; exec sleep 300"));
        await other.Sink.Saw("up");
        var identity = other.Program.Identity;
        var folder = DetachedFolder.Of(DetachedFolder.RootOf(Home), "j-gone", 0, 1, 0);
        folder.Make();
        var stale = new DetachedClaim(true, BootId.Current, identity with { StartTicks = identity.StartTicks - 1 },
            "c-1", "parent-1", DateTimeOffset.UnixEpoch);
        Assert.True(stale.TryMake(folder));

        Assert.Equal(ExitCodes.Done, await CallAsync(Stream.Null, TimeProvider.System, "cells", "clean", "--yes"));

        Assert.False(folder.Exists);
        Assert.True(identity.IsAlive());
    }

    private string Home => Path.Combine(_programs.Folder, "home");

    /// <summary>Stopped, it cannot start another guardian.</summary>
    private static async Task KillWithGuardianAsync(ProcessIdentity worker)
    {
        Assert.True(worker.Send(Libc.SigStop));
        await Stopped.StandsStillAsync(worker.Pid);
        var guardian = Assert.Single(ProcessTree.Descend([worker.Pid]), member =>
            File.ReadAllText(FormattableString.Invariant($"/proc/{member.Pid}/cmdline"))
                .StartsWith("amoeba-guardian", StringComparison.Ordinal));
        Assert.True(guardian.Identity.Send(Libc.SigKill));
        Assert.True(worker.Send(Libc.SigKill));
    }

    private async Task<KeptCommand> StartAsync(string text, string cell = "thread")
    {
        var plan = Path.Combine(_programs.Folder, "plan.json");
        await File.WriteAllTextAsync(
            plan,
            $$"""{ "name": "n", "cell": "{{cell}}", "tasks": [{ "id": "a", "do": { "sh": "{{text}}" } }], "merge": "lines" }""", Cancel);
        var command = await KeptCommand.StartAsync(_programs, ["run", plan, "--yes"]);
        await Eventually.True(() => command.HasEnded || File.Exists(Path.Combine(_programs.Folder, "up")));
        Assert.False(command.HasEnded, command.Error);
        return command;
    }

    private async Task<int> CallAsync(Stream error, TimeProvider time, params string[] arguments)
    {
        using var console = new CliConsole(Stream.Null, error)
        {
            Folder = _programs.Folder,
            Time = time,
            OpenInput = () => Stream.Null,
            Variable = name => name switch
            {
                "AMOEBA_HOME" => Home,
                "PATH" => Environment.GetEnvironmentVariable("PATH"),
                "USER" => "ada",
                _ => null,
            },
        };
        return await Entry.RunAsync(arguments, console);
    }
}
