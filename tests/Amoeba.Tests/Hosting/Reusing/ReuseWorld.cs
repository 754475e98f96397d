using System.Text;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Hosting.Reusing;

/// <summary>A folder with files and a home, and a parent that runs plans in it with real programs.</summary>
internal sealed class ReuseWorld : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("amoeba-reuse-").FullName;
    private Parent? _parent;

    public string Home => Path.Combine(_folder, "home");

    public string Folder => Directory.CreateDirectory(Path.Combine(_folder, "work")).FullName;

    public Parent Parent =>
        _parent ??= Parent.Open(new ParentOptions { Home = Home, Environment = EnvironmentBuilder.OfThisProcess() });

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Each item that a task wrote into the file `runs`, which is emptied: what really ran.</summary>
    public string[] TakeRuns()
    {
        var path = Path.Combine(Folder, "runs");
        if (!File.Exists(path)) return [];
        string[] lines = [.. File.ReadAllLines(path).Order(StringComparer.Ordinal)];
        File.Delete(path);
        return lines;
    }

    /// <summary>
    /// Writes a file as if that had been a while ago: one of this very moment is never taken for the same.
    /// </summary>
    public void Write(string name, string text, int minutesAgo = 1)
    {
        var path = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddDays(20_000).AddMinutes(-minutesAgo));
        if (!OperatingSystem.IsWindows() && text.StartsWith("#!", StringComparison.Ordinal))
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public async Task<string> SubmitAsync(string plan, bool changed = false) =>
        (await Parent.SubmitAsync(Job(plan, changed), Cancel)).Job;

    public async Task<ReuseRun> RunAsync(string plan, bool changed = false)
    {
        var job = await SubmitAsync(plan, changed);
        var state = await Parent.WhenSettledAsync(job, Cancel);
        var status = Parent.Store.FindJob(job)!.Status;
        return new ReuseRun(job, state, status.Reused, Merged(job), TakeRuns());
    }

    public async Task StopAsync()
    {
        await Parent.StopAsync(TimeSpan.Zero);
        await Parent.DisposeAsync();
        _parent = null;
    }

    public Submission Job(string plan, bool changed) => new()
    {
        Plan = PlanReader.Read(plan, "test") with { Reuse = changed },
        Folder = Folder,
        By = "test",
    };

    public string Merged(string job)
    {
        using var stream = Parent.Outputs.Read(job, Parent.Store.FindJob(job)!.Status.Output);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    public async ValueTask DisposeAsync()
    {
        if (_parent is not null) await _parent.DisposeAsync();
        TempFolder.Remove(_folder);
    }
}

/// <param name="Job">The job's id.</param>
/// <param name="State">How it ended.</param>
/// <param name="Reused">Tasks whose results are an earlier job's.</param>
/// <param name="Output">What was merged.</param>
/// <param name="Runs">What really ran.</param>
internal sealed record ReuseRun(string Job, JobState State, int Reused, string Output, string[] Runs);
