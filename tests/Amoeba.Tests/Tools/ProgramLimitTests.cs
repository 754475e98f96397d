using Amoeba.Cells.Thread;
using Amoeba.Engine.Ports;
using Amoeba.Tests.Conformance;

namespace Amoeba.Tests.Tools;

[Collection("cells")] // their children share ids, by which orphans are told apart
public sealed class ProgramLimitTests : IDisposable
{
    private readonly CellRig _rig = new((runner, _) => new ThreadCell(runner));

    public void Dispose() => _rig.Dispose();

    [Fact(Timeout = 30_000)]
    public async Task A_program_and_what_it_starts_may_have_so_many_files_open()
    {
        var usual = await _rig.RunAsync(_rig.Sh($"{Limited(1024)}; ulimit -Sn; sh -c 'ulimit -Sn'"));
        Assert.Equal("1024\n1024\n", CellRig.Text(usual));
        var few = await _rig.RunAsync(_rig.Sh($"{Limited(64)}; ulimit -Sn", """{"files": 64}"""));
        Assert.Equal("64\n", CellRig.Text(few));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_leak_of_descriptors_fails_with_the_limit_named()
    {
        const string Leak =
            """exec perl -e 'for $i (0 .. 2000) { open($f[$i], "<", "/dev/null") or die "$i: $!" }'""";
        var result = await _rig.RunAsync(_rig.Sh($"{Limited(100)}; {Leak}", """{"files": 100, "retries": 0}"""));

        // Too fast to be seen near it, as a rule: then its own words are all that is known.
        Assert.True(result.End is AttemptEnd.Failed or AttemptEnd.OverLimit, $"{result.End}");
        Assert.Matches(@"files: it (may have 100 open at once|had 100 of 100 open, and the kernel refused it more) "
            + @"\(limits\.files\)", result.Error);
        Assert.Matches(@"exit \d+.*: 9\d: Too many open files", result.Error);
    }

    [Fact(Timeout = 30_000)]
    public async Task Where_the_whole_machine_has_too_many_that_is_not_laid_to_the_limit()
    {
        var result = await _rig.RunAsync(_rig.Sh("echo x: Too many open files in system >&2; exit 2"));
        Assert.Equal((AttemptEnd.Failed, "exit 2: x: Too many open files in system"), (result.End, result.Error));
    }

    [Fact(Timeout = 60_000)]
    public async Task One_that_raised_its_own_limit_is_not_warned_of_the_other()
    {
        // The warning of what comes later tells that the looks in between had nothing to say.
        // It may be set a moment after the start.
        const string Leak = "until [ $(ulimit -Sn) = 100 ]; do sleep 0.01; done; ulimit -Sn 1000; "
            + "exec bash -c 'for i in {1..90}; do exec {f}</dev/null; done; sleep 2; "
            + "for i in {1..8}; do sleep 300 & done; wait'";
        var job = _rig.Sh(Leak, """{"files": 100, "processes": 10}""");
        var child = await _rig.ChildAsync(job);
        child.Start(_rig.Order(job));
        Assert.StartsWith("warned c-1: processes: ", (string)await _rig.Events.NextAsync(), StringComparison.Ordinal);
        child.Destroy();
    }

    /// <summary>Where this process has more files open than that, the limit is set a moment after the start.</summary>
    private static string Limited(int files) => $"until [ $(ulimit -Sn) -le {files} ]; do sleep 0.01; done";

    [Fact(Timeout = 240_000)]
    public async Task Who_computes_too_much_in_any_process_of_its_tree_is_ended_with_the_figures()
    {
        // Many, so that they get a tenth of a machine that others load.
        const string Burner = "for i in $(seq 8); do setsid sh -c 'while :; do :; done' & "
            + "(setsid sh -c 'sleep 0.2; while :; do :; done' &); done; sleep 300";
        var result = await _rig.RunAsync(_rig.Sh(Burner, """{"cpu": 0.2}"""));

        Assert.Equal(AttemptEnd.OverLimit, result.End);
        Assert.Matches(@"^cpu: it used [\d.]+ processors on average over 5 s, over its limit of 0.2 \(limits.cpu\)$",
            result.Error);
        Assert.True(result.Figures!.CpuSeconds > 1, $"{result.Figures.CpuSeconds} s");
    }
}
