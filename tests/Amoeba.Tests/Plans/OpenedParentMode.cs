using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Amoeba.Hosting.Running;
using Amoeba.Processes;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Plans;

/// <summary>
/// The test executable itself opens a parent when it is started with this variable, closes it, and prints the names of
/// the assemblies that were loaded.
/// </summary>
internal static class OpenedParentMode
{
    private const string Variable = "AMOEBA_TEST_OPENED_PARENT";

    internal static ProgramStart Start(string folder) => OwnExecutable.In(folder, $"{Variable}=1");

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "The runner owns Main; this comes before it.")]
    internal static void Become()
    {
        if (Environment.GetEnvironmentVariable(Variable) is null) return;
        // Until it is closed, so that its threads have done all that they do by themselves.
        var parent = Amoeba.Hosting.Running.Parent.Open(
            new ParentOptions { Environment = new Dictionary<string, string>() });
        parent.DisposeAsync().AsTask().GetAwaiter().GetResult();
        foreach (var assembly in AppDomain.CurrentDomain.GetAssemblies()) Console.WriteLine(assembly.GetName().Name);
        Environment.Exit(0);
    }
}
