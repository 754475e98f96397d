using Amoeba.Cells.Detached;
using Amoeba.Cells.Workers;
using Amoeba.Engine.Ports;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cells.Detached;

/// <summary>Detached attempts whose parent is gone before they begin: only their worker holds their limits.</summary>
[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class UnattendedLimitTests : IDisposable
{
    private const string Open = "exec {f}</dev/null || exit 3";

    private readonly DetachedRig _detached = new();

    private CellRig Cell => _detached.Cell;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _detached.Dispose();

    [Theory(Timeout = 120_000)]
    [InlineData("sleep 300", """{"timeout": "1s"}""", AttemptEnd.TimedOut,
        @"^timeout: it ran longer than 1 s \(limits\.timeout\)$")]
    [InlineData("yes", """{"output": "1MB"}""", AttemptEnd.OverLimit,
        @"^output: it wrote more than 1 MB \(limits\.output\); what came before is kept$")]
    [InlineData("i=0; while [ $i -lt 30 ]; do setsid sleep 300 & i=$((i+1)); done; wait", """{"processes": 20}""",
        AttemptEnd.OverLimit, @"^processes: .*\(limits\.processes\)$")]
    [InlineData("{ head -c 900000000 /dev/zero; sleep 300; } | tail -c 800000000 | wc -c", """{"memory": "100MB"}""",
        AttemptEnd.OverLimit, @"^memory: it used [\d.]+ MB .* over its limit of 100 MB \(limits\.memory\)$")]
    [InlineData($"exec bash -c 'for i in {{1..85}}; do {Open}; done; until [ -e near ]; do sleep 0.05; done; "
        + $"for i in {{1..85}}; do {Open}; done'", """{"files": 100}""",
        AttemptEnd.OverLimit, @"^files: it had 100 of 100 open, and the kernel refused it more \(limits\.files\)")]
    internal async Task Nobody_need_be_there_to_end_it_at_a_limit_and_whoever_takes_it_up_reads_why(
        string text, string limits, AttemptEnd end, string error)
    {
        var order = await LeaveUnbegunAsync(text, limits);
        var folder = _detached.FolderOf(order);
        Assert.False(File.Exists(folder.Claim));
        await File.WriteAllTextAsync(Alone, "", Cancel);
        await Eventually.True(() => File.Exists(folder.Warnings) || File.Exists(folder.Result));
        await File.WriteAllTextAsync(Path.Combine(Cell.Folder, "near"), "", Cancel);
        await _detached.EndedAsync(order);
        Assert.Equal(end, DetachedResult.Read(folder)!.Outcome.End);
        await Eventually.True(() => DetachedClaim.RestOf(folder).Find().Count == 0); // itself carries its marks too
        var written = new FileInfo(folder.Output).Length;

        Assert.Equal([0], await _detached.ReclaimAsync(order));
        var child = await _detached.TakeUpAsync(order);
        var result = await Cell.Events.EndAsync();
        Assert.Equal((order with { TakesUp = true }, end), (result.Order, result.End));
        Assert.Matches(error, result.Error);
        if (limits.Contains("output", StringComparison.Ordinal))
            Assert.Equal((1 << 20, (1 << 20) + 1), (result.Output.Length, written)); // one more says that it is over
        child.Destroy();
        Assert.Equal("gone c-1", await Cell.Events.NextAsync());
        Assert.False(folder.Exists);
    }

    /// <summary>From when it is there, its worker begins.</summary>
    private string Alone => Path.Combine(Cell.Folder, "alone");

    /// <summary>One that was started and left, and whose worker waits for <see cref="Alone"/>.</summary>
    private async Task<AttemptOrder> LeaveUnbegunAsync(string text, string limits)
    {
        var started = Cell.Signal("worker-started");
        var waits = Path.Combine(Cell.Folder, "worker");
        await File.WriteAllTextAsync(waits,
            $"#!/bin/sh\ncd '{Cell.Folder}'; echo > worker-started; until [ -e '{Alone}' ]; do sleep 0.02; done\n"
                + $"cd /; exec '{_detached.Worker!.Path}' \"$@\"\n", Cancel);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(waits, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        _detached.Worker = new WorkerProgram(waits);

        var job = Cell.Sh(text, limits);
        var child = await Cell.ChildAsync(job);
        var order = Cell.Order(job);
        child.Start(order);
        await started.HeardAsync();
        child.Leave();
        Assert.Equal("gone c-1", await Cell.Events.NextAsync());
        return order;
    }
}
