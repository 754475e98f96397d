using Amoeba.Benchmarks;
using Amoeba.Cli.Arguments;

namespace Amoeba.Cli.Commands;

/// <summary>The measurements of the benchmarks folder, with this program as the tool that is measured.</summary>
internal static class BenchCommand
{
    public static readonly OptionSpec Quick =
        new("--quick", null, "Few and small rounds: shows that it works, not how fast");

    public static async Task<int> RunAsync(CommandCall call)
    {
        await using var workplace = Workplace.Of(call);
        if (call.Words.FirstOrDefault(word => Bench.All.All(benchmark => benchmark.Name != word)) is { } unknown)
            throw new UsageException($"there is no benchmark '{unknown}'; "
                + $"there are {string.Join(", ", Bench.All.Select(known => known.Name))}.");
        using var signals = new StopSignals();
        var options = new BenchOptions(call.Words, call.Has(Quick), call.Json);
        var progress = call.Quiet ? TextWriter.Null : call.Console.Error;
        await Bench.RunAsync(options, workplace.Home, Environment.ProcessPath,
            call.Console.Out, progress, signals.First);
        return ExitCodes.Done;
    }
}
