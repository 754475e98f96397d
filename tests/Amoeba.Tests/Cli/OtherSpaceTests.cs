using Amoeba.Cli;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Processes;
using Amoeba.Secrets;
using Amoeba.Stores.Sqlite;
using Amoeba.Tests.Processes;
using Parent = Amoeba.Hosting.Running.Parent;
using Programs = Amoeba.Tests.Processes.Programs;

namespace Amoeba.Tests.Cli;

/// <summary>
/// A home that is shared by parents of which none can see the others' processes, as in containers: each is started in a
/// space of process numbers of its own, in which it is the first.
/// </summary>
[Collection("cells")] // their programs load the machine
public sealed class OtherSpaceTests : IDisposable
{
    private const string Plan = """
        {
          "name": "n", "merge": "lines",
          "tasks": [{ "id": "a", "do": { "sh": "echo x >> began; until [ -e go ]; do sleep 0.05; done; echo done" } }]
        }
        """;

    private readonly Programs _programs = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _programs.Dispose();

    [Fact(Timeout = 120_000)]
    public async Task A_parent_that_cannot_be_seen_keeps_its_job_for_as_long_as_it_lives()
    {
        var may = await StartApart("true").Exit();
        Assert.SkipUnless(may.Code == 0, "this user may not make a space of process numbers");
        var plan = Path.Combine(_programs.Folder, "plan.json");
        await File.WriteAllTextAsync(plan, Plan, Cancel);
        var first = StartApart(Command, "run", plan);
        await Eventually.True(() => first.Program.Completion.IsCompleted || Began() == 1);
        Assert.False(first.Program.Completion.IsCompleted, first.Stderr);

        await using (var here = Open())
        {
            var id = Assert.Single(here.Store.ListJobs(null, 2)).Id;
            var busy = await Assert.ThrowsAsync<JobBusyException>(() => here.TakeAsync(id, goOn: true, Cancel));
            // Whether it lives or only its guardian does cannot be told from here.
            Assert.Equal($"job {id} runs in another parent (pid 1, which cannot be seen from here), or what that one "
                + $"left is still being ended; `amoeba logs {id} -f` follows it, or try again in a moment",
                busy.Message);
        }

        Assert.Equal(1, Began());

        first.Program.Kill();
        await first.Exit();
        var second = StartApart(Command, "resume", "last");
        await Eventually.True(() => second.Program.Completion.IsCompleted || Began() == 2);
        await File.WriteAllTextAsync(Path.Combine(_programs.Folder, "go"), "", Cancel);
        Assert.True((await second.Exit()).Code == ExitCodes.Done, second.Stderr);
        Assert.Equal(("done\n", 2), (second.Stdout, Began()));
        using var store = SqliteStore.OpenReadOnly(new HomeFolder(Home).Store);
        var job = Assert.Single(store.Reader.ListJobs(null, 2));
        var row = Assert.Single(store.Reader.ReadTasks(job.Id, 0, 2));
        Assert.Equal((TaskState.Succeeded, 2, 0, 1), (row.State, row.Attempt, row.Failures, row.Losses));
        Assert.Empty(store.Reader.ListParents());
    }

    /// <summary>Of one whose lock is held its number says something only where that is of our own space.</summary>
    [Theory]
    [InlineData("pid:[1]", true)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void The_number_of_one_elsewhere_is_not_looked_at(string? space, bool lives)
    {
        Assert.SkipUnless(ProcessSpace.Current.Length > 0, "this system does not tell its space of process numbers");
        var me = ParentIdentity.Of("p", DateTimeOffset.UnixEpoch);
        Assert.True(ParentIdentity.IsAlive(me));
        var other = me with { StartTime = me.StartTime + 1, Space = space ?? me.Space };
        Assert.Equal((lives, lives), (ParentIdentity.IsAlive(other), ParentIdentity.IsElsewhere(other)));
    }

    private static string Command => Path.Combine(AppContext.BaseDirectory, "amoeba-cli");

    private string Home => Path.Combine(_programs.Folder, "home");

    private int Began()
    {
        var path = Path.Combine(_programs.Folder, "began");
        return File.Exists(path) ? File.ReadAllLines(path).Length : 0;
    }

    private Parent Open() =>
        Parent.Open(new ParentOptions { Home = Home, Environment = EnvironmentBuilder.OfThisProcess() });

    private Started StartApart(params string[] call)
    {
        var cookie = Programs.NewCookie();
        string[] environment =
        [
            cookie, $"PATH={Environment.GetEnvironmentVariable("PATH")}",
            $"DOTNET_ROOT={Environment.GetEnvironmentVariable("DOTNET_ROOT")}",
            $"HOME={_programs.Folder}", $"AMOEBA_HOME={Home}", "AMOEBA_ZONES=off", "DOTNET_EnableDiagnostics=0",
        ];
        return _programs.Start(new ProgramStart(
            "/usr/bin/env", ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", .. call],
            environment, _programs.Folder)
        {
            Cookie = cookie,
        });
    }
}
