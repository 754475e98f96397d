using Amoeba.Cli.Arguments;
using Amoeba.Plans;

namespace Amoeba.Cli.Commands;

internal static class SchemaCommand
{
    public static Task<int> RunAsync(CommandCall call)
    {
        var schema = call.Word(0) switch
        {
            null or "plan" => PlanSchema.Plan,
            "config" => PlanSchema.Config,
            var other => throw new UsageException($"'amoeba schema {other}': expected plan or config."),
        };
        call.Console.Out.WriteLine(schema.TrimEnd());
        return Task.FromResult(ExitCodes.Done);
    }
}
