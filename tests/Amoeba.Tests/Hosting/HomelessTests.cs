using System.Globalization;
using Amoeba.Processes;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Hosting;

/// <summary>A parent that keeps everything in memory, as inside an application, and is killed.</summary>
public sealed class HomelessTests : IDisposable
{
    private readonly Programs _programs = new();

    public void Dispose() => _programs.Dispose();

    [Theory]
    [InlineData("thread", 3)]
    [InlineData("process", 4)] // and the worker
    public async Task Kill_9_of_a_parent_without_a_home_leaves_nothing(string cell, int least)
    {
        const string Script = "(setsid sleep 300 &) ; trap '' TERM HUP; sleep 300 & touch up; wait";
        var keeper = _programs.Start(ParentMode.HomelessKeeper(_programs.Folder, cell, Script));
        await keeper.Sink.Saw(" up\n");
        var words = keeper.Stdout.Split(' ');
        var (pid, id) = (int.Parse(words[0], CultureInfo.InvariantCulture), words[1]);
        IReadOnlyList<ProcessStat> left = [];
        await Eventually.True(() => (left = Leftovers.Find(id)).Count >= least);
        Assert.Single(Directory.GetDirectories(_programs.Folder, "amoeba-*"));

        Assert.Equal(0, Libc.Kill(pid, Libc.SigKill));
        // The guardian removes what was temporary when it has ended the rest.
        await Eventually.True(() => Directory.GetDirectories(_programs.Folder, "amoeba-*").Length == 0);
        await Eventually.True(() => left.All(process => !process.Identity.IsAlive()) && Leftovers.Find(id).Count == 0);
        await Eventually.True(() => !ProcFs.Pids().Any(process => IsGuardianOf(process, id)));
    }

    private static bool IsGuardianOf(int pid, string parent)
    {
        try
        {
            var words =
                File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cmdline")).Split('\0');
            return words[0] == "amoeba-guardian" && words.Contains(parent);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
