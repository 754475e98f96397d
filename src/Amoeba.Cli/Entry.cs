using System.Reflection;
using Amoeba.Cli.Arguments;
using Amoeba.Cli.Commands;
using Amoeba.Cli.Json;
using Amoeba.Cli.Terminal;
using Amoeba.Disk;
using Amoeba.Engine.Ports;
using Amoeba.Hosting;
using Amoeba.Plans;

namespace Amoeba.Cli;

/// <summary>From a command line to an exit code: the one place where failures become words and numbers.</summary>
internal static class Entry
{
    public static string Version { get; } =
        typeof(Entry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CliConsole console)
    {
        var verbose = arguments.TakeWhile(word => word != "--").Any(word => word is "--verbose" or "-v");
        try
        {
            var code = await CallAsync(arguments, console);
            console.Out.Flush();
            return code;
        }
        catch (Exception exception) when (Code(exception) is { } known)
        {
            return Fail(console, exception, verbose, known);
        }
        catch (Exception exception)
        {
            console.Error.WriteLine("amoeba: this is a bug of Amoeba's; please report it with what --verbose adds.");
            return Fail(console, exception, verbose, ExitCodes.Lacking);
        }
    }

    private static async Task<int> CallAsync(IReadOnlyList<string> arguments, CliConsole console)
    {
        var line = ArgumentParser.Parse(arguments, CommandTable.All);
        if (line.Options.ContainsKey(ArgumentParser.Version.Name))
        {
            if (line.Options.ContainsKey(CommonOptions.Json.Name))
                JsonOutput.Write(console, new VersionJson(Version), CliJsonContext.Default.VersionJson);
            else
                console.Out.WriteLine($"amoeba {Version}");
            return ExitCodes.Done;
        }

        if (line.Command is not { } command)
        {
            // Without any word it is not known what is wanted: the help is the error then.
            (arguments.Count == 0 ? console.Error : console.Out).Write(Fit(HelpText.OfAll(CommandTable.All), console));
            return arguments.Count == 0 || !line.Help ? ExitCodes.BadInput : ExitCodes.Done;
        }

        if (line.Help)
        {
            console.Out.Write(Fit(HelpText.Of(command), console));
            return ExitCodes.Done;
        }

        var call = new CommandCall(command, line.Words, line.Rest, line.Options, console);
        return await command.Run(call);
    }

    private static string Fit(string help, CliConsole console) => HelpText.Fit(help, Wrapping.WidthOf(console));

    private static int? Code(Exception exception) => exception switch
    {
        UsageException or PlanException or JobBusyException => ExitCodes.BadInput,
        OperationCanceledException => ExitCodes.Interrupted,
        MachineLacksException or StoreUnusableException or OutputDamagedException => ExitCodes.Lacking,
        InvalidDataException or IOException or UnauthorizedAccessException => ExitCodes.Lacking,
        _ => null,
    };

    private static int Fail(CliConsole console, Exception exception, bool verbose, int code)
    {
        TryFlush(console);
        var width = Wrapping.WidthOfError(console);
        foreach (var line in exception.Message.Split('\n'))
            console.Error.WriteLine(Wrapping.Wrap($"amoeba: {PlanErrors.Clean(line.TrimEnd())}", width, 4));
        if (FullDisk.Is(exception))
            console.Error.WriteLine(
                "amoeba: free some space on that disk and try again; `amoeba resume` goes on with a "
                    + "job that was accepted.");
        if (verbose) console.Error.WriteLine(exception.ToString());
        return code;
    }

    private static void TryFlush(CliConsole console)
    {
        try
        {
            console.Out.Flush();
        }
        catch (IOException)
        {
            // Another failure is about to be told; that its output was cut off as well adds nothing.
        }
    }
}
