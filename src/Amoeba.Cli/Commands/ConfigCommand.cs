using Amoeba.Cli.Arguments;
using Amoeba.Cli.Json;
using Amoeba.Cli.Terminal;
using Amoeba.Hosting.Configuration;
using Amoeba.Plans;

namespace Amoeba.Cli.Commands;

internal static class ConfigCommand
{
    public static async Task<int> RunAsync(CommandCall call)
    {
        await using var workplace = Workplace.Of(call);
        var lines = ConfigReport.Lines(workplace.Config);
        if (call.Word(0) is { } key) lines = Within(lines, key);
        if (call.Json)
        {
            var rows = new ListJson<SettingJson>(
                [.. lines.Select(line => new SettingJson(line.Key, line.Value, line.Origin))]);
            JsonOutput.Write(call.Console, rows, CliJsonContext.Default.ListJsonSettingJson);
            return ExitCodes.Done;
        }

        var table = new Table("KEY", "VALUE", "FROM");
        foreach (var line in lines) table.Add(line.Key, line.Value, line.Origin);
        table.Write(call.Console.Out, Style.ForOutput(call.Console), Wrapping.WidthOf(call.Console));
        workplace.Warn(workplace.Config.Warnings);
        return ExitCodes.Done;
    }

    /// <summary>A key with those below it: `caps` shows all caps.</summary>
    private static List<ConfigLine> Within(IReadOnlyList<ConfigLine> lines, string key)
    {
        var found =
            lines.Where(line => line.Key == key || line.Key.StartsWith(key + ".", StringComparison.Ordinal)).ToList();
        if (found.Count > 0) return found;
        var nearest = NearestName.Of(key, lines.Select(line => line.Key));
        throw new UsageException("there is no setting "
            + $"'{key}'.{(nearest is null ? "" : $" Did you mean '{nearest}'?")} 'amoeba config' lists them.");
    }
}
