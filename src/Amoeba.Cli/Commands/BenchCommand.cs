using Amoeba.Cli.Arguments;

namespace Amoeba.Cli.Commands;

/// <summary>The measurements come with bench/; a build without them says so.</summary>
internal static class BenchCommand
{
    public static Task<int> RunAsync(CommandCall call) =>
        throw new UsageException("this build has no measurements in it.");
}
