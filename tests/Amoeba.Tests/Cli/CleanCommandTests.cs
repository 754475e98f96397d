using System.Text.Json;
using Amoeba.Cli;
using Amoeba.Engine.Records;
using Amoeba.Hosting;
using Amoeba.Processes;
using Amoeba.Stores.Sqlite;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cli;

/// <summary>What `cells clean` says of parents that crashed: what it would end, or that nothing runs.</summary>
[Collection("cells")]
public sealed class CleanCommandTests : IDisposable
{
    private readonly Programs _programs = new();
    private readonly string _dead = $"dead-{Guid.NewGuid():N}";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _programs.Dispose();

    [Fact]
    public async Task Where_nothing_runs_only_a_record_is_removed()
    {
        AddDead();
        var clean = await CleanAsync();
        Assert.Equal(
            $"the record of parent {_dead}, which crashed; nothing of it runs that would be ended.\n"
                + "cleaned up: 1 record of crashed parents removed.\n", clean.Error);
    }

    [Fact(Timeout = 60_000)]
    public async Task Processes_that_would_be_ended_are_named()
    {
        AddDead();
        var left = _programs.Start(new ProgramStart("/bin/sh", ["-c", "exec sleep 300"],
            [$"PATH={Environment.GetEnvironmentVariable("PATH")}", $"{Guardian.ParentVariable}={_dead}"],
            _programs.Folder));
        // While it executes, its environment is empty for a moment, and nobody knows whose it is.
        var mark = ProcFs.Cookie($"{Guardian.ParentVariable}={_dead}");
        await Eventually.True(() => ProcFs.HasEntry(ProcFs.Environment(left.Program.Pid), mark)
            && File.ReadAllText($"/proc/{left.Program.Pid}/comm") == "sleep\n");
        var clean = await CleanAsync();
        Assert.Equal(
            $"1 process that parent {_dead} left when it crashed (pid {left.Program.Pid}).\n"
                + "cleaned up: 1 process ended, 1 record of crashed parents removed.\n", clean.Error);
        Assert.False(left.Program.Identity.IsAlive());
    }

    [Fact(Timeout = 120_000)]
    public async Task Detached_children_that_go_on_are_told_with_what_ends_them()
    {
        var plan = Path.Combine(_programs.Folder, "plan.json");
        await File.WriteAllTextAsync(plan, JsonSerializer.Serialize(new
        {
            name = "n",
            cell = "detached",
            each = new[] { "a" },
            @do = new { sh = "touch up; exec sleep 300" },
        }), Cancel);
        var command = await KeptCommand.StartAsync(_programs, ["run", plan, "--yes"]);
        await Eventually.True(() => File.Exists(Path.Combine(_programs.Folder, "up")));
        await command.KillAsync();
        var parents = Directory.GetFiles(Path.Combine(Home, "run", "parents"));
        await Eventually.True(() => !Array.Exists(parents, ParentLock.IsHeld));

        var clean = await CleanAsync();
        Assert.Matches("(?m)^not touched: 1 cell of job (j\\w+), going on without a parent; `amoeba cancel \\1` ends "
            + "what goes on.$", clean.Error);
        Assert.Contains("nothing of it runs that would be ended", clean.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, (await CliRun.InAsync(_programs.Folder, "", "cancel", "last")).Code);
    }

    private string Home => Path.Combine(_programs.Folder, "home");

    private void AddDead()
    {
        Directory.CreateDirectory(Home);
        using var store = SqliteStore.Open(new HomeFolder(Home).Store);
        store.AddParent(new ParentRecord(_dead, 1, "another boot", 1, DateTimeOffset.UnixEpoch, "0"));
    }

    private async Task<CliRun> CleanAsync()
    {
        var clean = await CliRun.InAsync(_programs.Folder, "", "cells", "clean", "--yes");
        Assert.True(clean.Code == ExitCodes.Done, clean.Error);
        return clean;
    }
}
