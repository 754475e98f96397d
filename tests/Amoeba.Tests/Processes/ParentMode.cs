using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Plans;
using Amoeba.Processes;
using Amoeba.Secrets;

namespace Amoeba.Tests.Processes;

/// <summary>A parent with launcher, lock and guardian, in this process or as one of its own to be killed.</summary>
internal sealed class Parent : IDisposable
{
    private readonly string _folder;
    private readonly ParentLock _lock;
    private readonly string _id;

    internal Parent(string folder, string id)
    {
        _folder = folder;
        _id = id;
        _lock = ParentLock.TryAcquire(ParentLock.PathOf(folder, id))!;
        Launcher = new ProgramLauncher(TimeProvider.System);
        Guardian = new Guardian(Launcher, id, _lock, TimeProvider.System);
    }

    internal ProgramLauncher Launcher { get; }

    internal Guardian Guardian { get; }

    internal Started Start(string script)
    {
        var sink = new Sink();
        var start =
            new ProgramStart("/bin/sh", ["-c", script], ["PATH=/usr/bin:/bin", $"AMOEBA_PARENT_ID={_id}"], _folder);
        return new Started(Launcher.Start(start, sink).Program!, sink);
    }

    internal async Task Run(string script) => await Start(script).Exit();

    public void Dispose()
    {
        Launcher.Dispose();
        _lock.Dispose();
    }
}

/// <summary>
/// The test executable itself becomes a parent when it is started with these variables: it starts the script, says
/// "up" once that has started all it will, and waits to be killed. A keeper stands between it and the test: as a
/// subreaper that ends nothing, it sees to it that what the guardian leaves is not ended by the test's own launcher.
/// </summary>
internal static class ParentMode
{
    private const string ScriptVariable = "AMOEBA_TEST_PARENT_SCRIPT", IdVariable = "AMOEBA_TEST_PARENT_ID",
        FolderVariable = "AMOEBA_TEST_PARENT_FOLDER", KeeperVariable = "AMOEBA_TEST_KEEPER", HomelessCell = "homeless-",
        LastVariable = "AMOEBA_TEST_PARENT_LAST";

    /// <param name="folder">The parent's.</param>
    /// <param name="id">The parent's.</param>
    /// <param name="script">What it starts.</param>
    /// <param name="last">What it leaves to its guardian.</param>
    internal static ProgramStart Keeper(string folder, string id, string script, string? last = null) =>
        Start(folder, id, script, last, $"{KeeperVariable}=1");

    /// <summary>
    /// The parent is one of an application, without a home, and the script its only task, in a kind of cell; it has a
    /// folder of its own for what is temporary.
    /// </summary>
    internal static ProgramStart HomelessKeeper(string folder, string cell, string script) =>
        Keeper(folder, HomelessCell + cell, script);

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The runner owns Main; this comes before it.")]
    internal static void Become()
    {
        if (Environment.GetEnvironmentVariable(ScriptVariable) is not { } script) return;
        var folder = Environment.GetEnvironmentVariable(FolderVariable)!;
        var id = Environment.GetEnvironmentVariable(IdVariable)!;
        if (Environment.GetEnvironmentVariable(KeeperVariable) is not null) BeKeeper(folder, id, script);
        else if (id.StartsWith(HomelessCell, StringComparison.Ordinal))
            BeHomeless(folder, id[HomelessCell.Length..], script);
        else BeParent(folder, id, script);
        Environment.Exit(0);
    }

    private static void BeParent(string folder, string id, string script)
    {
        var parent = new Parent(folder, id);
        parent.Guardian.Leave(Environment.GetEnvironmentVariable(LastVariable) is { Length: > 0 } last ? last : null);
        var forks = script.Split("sleep 300").Length - 1;
        var program = parent.Start(script).Program;
        while (parent.Launcher.Members(program).Count(stat => IsSleep(stat.Pid)) < forks) Thread.Yield();
        Console.WriteLine(FormattableString.Invariant($"{Environment.ProcessId} up"));
        program.Completion.Wait();
    }

    private static void BeHomeless(string folder, string cell, string script)
    {
        var parent = Amoeba.Hosting.Running.Parent.Open(
            new ParentOptions { Environment = EnvironmentBuilder.OfThisProcess(), Zones = new(Off: true) });
        var plan = $$"""{ "name": "n", "cell": "{{cell}}", "tasks": [{ "id": "a", "do": { "sh": "{{script}}" } }] }""";
        parent.SubmitAsync(
            new Submission { Plan = PlanReader.Read(plan, "test"), Folder = folder, Yes = true, By = "test" },
            CancellationToken.None).Wait();
        // On a busy machine a loop without pauses would keep what it waits for from its processor.
        using var never = new ManualResetEventSlim();
        while (!File.Exists(Path.Combine(folder, "up"))) never.Wait(TimeSpan.FromMilliseconds(20));
        Console.WriteLine(FormattableString.Invariant($"{Environment.ProcessId} {parent.Id} up"));
        never.Wait();
    }

    private static void BeKeeper(string folder, string id, string script)
    {
        var launcher = new ProgramLauncher(TimeProvider.System, endUnknownOrphans: false);
        var start =
            Start(folder, id, script, Environment.GetEnvironmentVariable(LastVariable)) with { Tree = TreeCare.Leave };
        launcher.Start(start, new Forward()).Program!.Completion.Wait();
        // The test has more to see; it ends this one too.
        new ManualResetEventSlim().Wait();
    }

    private static ProgramStart Start(
        string folder, string id, string script, string? last, params string[] more) => OwnExecutable.In(
        folder,
        [
            $"TMPDIR={folder}", $"{ScriptVariable}={script}", $"{IdVariable}={id}", $"{FolderVariable}={folder}",
            $"{LastVariable}={last}", .. more,
        ]);

    private static bool IsSleep(int pid)
    {
        try
        {
            return File.ReadAllText(FormattableString.Invariant($"/proc/{pid}/comm")) == "sleep\n";
        }
        catch (IOException)
        {
            return false;
        }
    }

    private sealed class Forward : IProgramOutput
    {
        public bool OnOutput(ProgramStream stream, ReadOnlySpan<byte> bytes)
        {
            using var stdout = Console.OpenStandardOutput();
            stdout.Write(bytes);
            return true;
        }

        public void OnExit(ProgramExit exit)
        {
        }
    }
}
