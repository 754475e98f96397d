using System.Text;
using Amoeba.Processes;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Architecture;

/// <summary>What ./test makes of what it starts: the SDK here is a stand-in with three tests that pass.</summary>
public sealed class TestScriptTests : IAsyncLifetime
{
    private const string Sdk = "[ \"$1\" != test ] || printf 'total: 3\\nfailed: 0\\nsucceeded: 3\\nskipped: 0\\n'";

    private readonly TempFolder _folder = new();
    private readonly ProgramLauncher _launcher = new(TimeProvider.System);

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(_folder["bin"]);
        Directory.CreateDirectory(_folder["here"]);
        File.Copy(Path.Combine(Repository.Root, "test"), _folder["here/test"]);
        await ProgramAsync("bin/dotnet", Sdk);
        await ProgramAsync("bin/id", "echo 1000"); // who is not root installs nothing
    }

    public ValueTask DisposeAsync()
    {
        _launcher.Dispose();
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact(Timeout = 60_000)]
    public async Task All_is_a_failure_without_the_acceptance_cases()
    {
        Assert.Equal((false, "3 passed, 1 failed",
            "test: the acceptance cases are not there: no program ../shared/acceptance/run (or AMOEBA_ACCEPTANCE)\n"),
            await TestAsync("--all"));
        Assert.Equal((true, "3 passed, 0 failed", ""), await TestAsync());
    }

    [Theory(Timeout = 60_000)]
    [InlineData("echo 'acceptance: 2 passed, 0 failed'", true, "5 passed, 0 failed", "")]
    [InlineData("echo 'acceptance: 1 passed, 1 failed'; exit 1", false, "4 passed, 1 failed", "")]
    [InlineData("exit 1", false, "3 passed, 1 failed", "test: the acceptance cases did not run\n")]
    public async Task The_acceptance_cases_count_with_the_tests(string does, bool passes, string sum, string says)
    {
        Directory.CreateDirectory(_folder["shared/acceptance"]);
        await ProgramAsync("shared/acceptance/run", does);
        Assert.Equal((passes, sum, says), await TestAsync("--all"));
    }

    private async Task<(bool Passes, string Sum, string Says)> TestAsync(params string[] arguments)
    {
        var start = new ProgramStart("/usr/bin/env", ["bash", _folder["here/test"], .. arguments],
            [$"PATH={_folder["bin"]}:/usr/local/bin:/usr/bin:/bin", $"HOME={_folder.Path}", $"TMPDIR={_folder.Path}"],
            _folder.Path);
        var (run, _) = await _launcher.CaptureAsync(
            start, 1 << 16, TimeSpan.FromSeconds(50), TestContext.Current.CancellationToken);
        var lines = Encoding.UTF8.GetString(run!.Stdout).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return (run.Exit.Succeeded, lines[^1], Encoding.UTF8.GetString(run.Stderr));
    }

    /// <summary>
    /// A program writes it: what another test starts while we write has it open, and it could not be executed then.
    /// </summary>
    private async Task ProgramAsync(string name, string does)
    {
        var start = new ProgramStart("/bin/sh",
            ["-c", "printf '%s' \"$2\" > \"$1\"; chmod 755 \"$1\"", "sh", _folder[name], $"#!/bin/sh\n{does}\n"],
            ["PATH=/usr/bin:/bin"], _folder.Path);
        var (run, _) = await _launcher.CaptureAsync(
            start, 1 << 16, TimeSpan.FromSeconds(50), TestContext.Current.CancellationToken);
        Assert.True(run!.Exit.Succeeded);
    }
}
