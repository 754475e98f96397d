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
        var usual = await _rig.RunAsync(_rig.Sh("ulimit -Sn; sh -c 'ulimit -Sn'"));
        Assert.Equal("1024\n1024\n", CellRig.Text(usual));
        var few = await _rig.RunAsync(_rig.Sh("sleep 0.05; ulimit -Sn", """{"files": 64}"""));
        Assert.Equal("64\n", CellRig.Text(few));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_leak_of_descriptors_fails_with_the_limit_named()
    {
        const string Leak =
            """sleep 0.05; exec perl -e 'for $i (0 .. 2000) { open($f[$i], "<", "/dev/null") or die "$i: $!" }'""";
        var result = await _rig.RunAsync(_rig.Sh(Leak, """{"files": 100, "retries": 0}"""));

        Assert.Equal(AttemptEnd.Failed, result.End);
        Assert.Matches(
            @"^exit \d+: files: it may have 100 open at once \(limits.files\): 9\d: Too many open files", result.Error);
    }

    [Fact(Timeout = 60_000)]
    public async Task Who_computes_too_much_in_any_process_of_its_tree_is_ended_with_the_figures()
    {
        const string Burner =
            "setsid sh -c 'while :; do :; done' & (setsid sh -c 'sleep 0.2; while :; do :; done' &); sleep 300";
        var result = await _rig.RunAsync(_rig.Sh(Burner, """{"cpu": 0.2}"""));

        Assert.Equal(AttemptEnd.OverLimit, result.End);
        Assert.Matches(@"^cpu: it used [\d.]+ processors on average over 5 s, over its limit of 0.2 \(limits.cpu\)$",
            result.Error);
        Assert.True(result.Figures!.CpuSeconds > 1, $"{result.Figures.CpuSeconds} s");
    }
}
