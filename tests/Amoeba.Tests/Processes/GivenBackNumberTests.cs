using Amoeba.Processes;

namespace Amoeba.Tests.Processes;

public sealed class GivenBackNumberTests : IDisposable
{
    private readonly Programs _programs = new();

    public void Dispose() => _programs.Dispose();

    [Fact]
    public async Task What_has_the_number_of_a_program_that_was_taken_away_is_not_signalled()
    {
        var other =
            _programs.Start(_programs.Shell("echo up; until [ -e go ]; do sleep 0.02; done; echo alive; sleep 300"));
        await other.Sink.Saw("up");
        var gone = new RunningProgram(_programs.Launcher, ulong.MaxValue,
            other.Program.Pid, _programs.Shell("true"), new Sink());
        gone.Reap();

        Assert.Empty(ProgramWatcher.Shared.Tree(gone));
        Assert.False(gone.Identity.IsAlive());
        gone.SignalGroup(Libc.SigKill);
        gone.Kill();
        gone.End(TimeSpan.FromMilliseconds(1));
        await File.WriteAllTextAsync(Path.Combine(_programs.Folder, "go"), "", TestContext.Current.CancellationToken);
        await other.Sink.Saw("alive");
        other.Program.Kill();
        Assert.Equal(Libc.SigKill, (await other.Exit()).Signal);
    }
}
