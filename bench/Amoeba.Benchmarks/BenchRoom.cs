using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Models;
using Amoeba.Plans;
using Amoeba.Processes;
using Amoeba.Secrets;
using Amoeba.Tools.Delegate;

namespace Amoeba.Benchmarks;

/// <summary>Where a benchmark works: a folder of its own, a clock, programs, and how thorough it is to be.</summary>
internal sealed class BenchRoom(string folder, string? cli, bool quick, Action<string> say) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly ProgramLauncher _launcher = new(TimeProvider.System);
    private readonly IReadOnlyDictionary<string, string> _environment = EnvironmentBuilder.OfThisProcess();
    private int _homes;

    public static TimeProvider Time => TimeProvider.System;

    public string Folder => folder;

    /// <summary>The built command line tool; null where there is none.</summary>
    public string? Cli => cli;

    /// <summary>Few and small rounds: shows that it works, not how fast.</summary>
    public bool Quick => quick;

    public int Rounds(int usual) => quick ? 1 : usual;

    public int Count(int usual) => quick ? Math.Max(1, usual / 50) : usual;

    public void Say(string text) => say(text);

    /// <summary>An empty home.</summary>
    public string NewHome() => Directory.CreateDirectory(Path.Combine(folder, $"home-{++_homes}")).FullName;

    /// <summary>
    /// A parent as any other, but for the load zones and the memory that is left to others: what is measured loads the
    /// machine, and is not to be slowed for it.
    /// </summary>
    /// <param name="home">Null keeps everything in memory.</param>
    /// <param name="delegates">Tools of the benchmark's own.</param>
    /// <param name="models">Models that plans may name.</param>
    public Parent Open(string? home, DelegateRegistry? delegates = null, ModelCatalog? models = null) =>
        Parent.Open(new ParentOptions
        {
            Home = home,
            Environment = _environment,
            Zones = new(Off: true),
            ReservedMemory = 0,
            Delegates = delegates ?? new DelegateRegistry(),
            Models = models ?? ModelCatalog.Empty,
        });

    public Submission Job(string plan) => Job(PlanReader.Read(plan, "bench"));

    public Submission Job(PlanSpec plan) => new() { Plan = plan, Folder = folder, By = "bench" };

    /// <summary>Runs a program to its end.</summary>
    /// <returns>Seconds from the start to the end.</returns>
    /// <exception cref="InvalidOperationException">It did not end as expected.</exception>
    public async Task<double> RunAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        var variables = new Dictionary<string, string>(_environment) { ["AMOEBA_ZONES"] = "off" };
        var path = Executables.Resolve(program, folder, _environment.GetValueOrDefault("PATH")) ?? program;
        var start =
            new ProgramStart(path, arguments, [.. variables.Select(pair => $"{pair.Key}={pair.Value}")], folder);
        var began = Time.GetTimestamp();
        var (run, failure) = await _launcher.CaptureAsync(start, 1 << 20, Patience, cancel);
        var seconds = Time.GetElapsedTime(began).TotalSeconds;
        if (run is { Exit.Succeeded: true })
        {
            return seconds;
        }

        var said = run is null ? failure!.Message
            : $"{run.Exit.Describe()}: {System.Text.Encoding.UTF8.GetString(run.Stderr)}";
        throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {said}");
    }

    /// <summary>Starts a program that runs beside what is measured; it is ended with this room at the latest.</summary>
    /// <exception cref="InvalidOperationException">It cannot be started.</exception>
    public RunningProgram Start(string program, IReadOnlyList<string> arguments, IProgramOutput output)
    {
        var start = new ProgramStart(
            Find(program) ?? program, arguments, [.. _environment.Select(pair => $"{pair.Key}={pair.Value}")], folder);
        var (started, failure) = _launcher.Start(start, output);
        return started ?? throw new InvalidOperationException(failure!.Message);
    }

    public string? Find(string program) => Executables.Resolve(program, folder, _environment.GetValueOrDefault("PATH"));

    public static async Task<double> SecondsAsync(Func<Task> work)
    {
        var began = Time.GetTimestamp();
        await work();
        return Time.GetElapsedTime(began).TotalSeconds;
    }

    public static long ResidentAfterCollection()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        return Environment.WorkingSet;
    }

    public void Dispose() => _launcher.Dispose();
}
