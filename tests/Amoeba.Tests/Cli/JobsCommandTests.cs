using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cli;

public sealed class JobsCommandTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("amoeba-jobs-").FullName;

    public void Dispose() => TempFolder.Remove(_folder);

    [Fact]
    public async Task A_cancelled_task_is_not_done()
    {
        await CliRun.InAsync(_folder, """{ "each": ["a", "b"], "do": { "wait": 0 } }""",
            "run", "-", "--children", "2", "--autonomy", "manual");
        Assert.Contains("  0/2  ", (await CliRun.InAsync(_folder, "", "jobs")).Out, StringComparison.Ordinal);
        await CliRun.InAsync(_folder, "", "refuse", "last");
        Assert.Matches(@"cancelled +0/2 +0 ", (await CliRun.InAsync(_folder, "", "jobs")).Out);
    }

    [Fact]
    public async Task Doctor_says_who_holds_a_detached_child_to_its_limits() =>
        Assert.Matches(@"enforced by the\s+parent;\s+of\s+a\s+detached\s+child\s+by\s+its\s+worker",
            (await CliRun.InAsync(_folder, "", "doctor")).Out);
}
