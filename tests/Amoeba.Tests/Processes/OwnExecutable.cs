using Amoeba.Processes;

namespace Amoeba.Tests.Processes;

/// <summary>
/// The test executable, started as a process of its own: what it is to be there, a module initializer tells by a
/// variable.
/// </summary>
internal static class OwnExecutable
{
    /// <summary>Starts it in a folder that is its home too; the environment is NAME=VALUE.</summary>
    internal static ProgramStart In(string folder, params string[] environment) => new(
        Environment.ProcessPath!,
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? [typeof(OwnExecutable).Assembly.Location]
            : [],
        [
            $"PATH={Environment.GetEnvironmentVariable("PATH")}",
            $"DOTNET_ROOT={Environment.GetEnvironmentVariable("DOTNET_ROOT")}",
            $"HOME={folder}", .. environment,
        ],
        folder);
}
