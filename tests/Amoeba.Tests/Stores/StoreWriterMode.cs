using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Amoeba.Engine.Ports;
using Amoeba.Jobs;
using Amoeba.Processes;
using Amoeba.Stores.Sqlite;
using Amoeba.Tests.Conformance;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Stores;

/// <summary>
/// The test executable itself becomes a writer when it is started with this variable: it claims and ends one task after
/// the other, and prints a task's number once its result is committed, until it is killed.
/// </summary>
internal static class StoreWriterMode
{
    private const string PathVariable = "AMOEBA_TEST_STORE_WRITER";

    internal static ProgramStart Start(string path) => OwnExecutable.In(
        Path.GetDirectoryName(path)!,
        $"{PathVariable}={path}",
        "DOTNET_EnableDiagnostics=0"); // its sockets would stay in the temp folder of a process that is killed

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The runner owns Main; this comes before it.")]
    internal static void Become()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is not { } path)
            return;
        using var store = SqliteStore.Open(path);
        var epoch = store.Acquire("j", "writer", store.FindJob("j")!.Epoch)!.Value;
        var job = new JobWrite("j", "writer", epoch, null, null);
        for (var i = store.ReadMarks("j").Count; ; i++)
        {
            store.Commit([job], [Rows.Task("j", i, TaskState.Running, 1)]);
            store.Commit([job], [Rows.Task("j", i, TaskState.Succeeded, 1)]);
            Console.WriteLine(FormattableString.Invariant($"{i};"));
        }
    }
}
