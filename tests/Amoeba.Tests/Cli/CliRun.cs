using System.Text;
using Amoeba.Cli;

namespace Amoeba.Tests.Cli;

/// <summary>One command line run within the test's process, with everything it printed.</summary>
internal sealed record CliRun(int Code, string Out, string Error)
{
    /// <summary>A folder and a home that are not there: for commands that need none.</summary>
    public static Task<CliRun> OfAsync(params string[] arguments) => InAsync("/nowhere", "", arguments);

    public static async Task<CliRun> InAsync(string folder, string input, params string[] arguments)
    {
        using var output = new MemoryStream();
        return await ToAsync(output, folder, input, arguments);
    }

    /// <summary>As <see cref="InAsync"/>, with its standard output where a test can see it come.</summary>
    public static async Task<CliRun> ToAsync(
        MemoryStream output, string folder, string input, params string[] arguments)
    {
        using var error = new MemoryStream();
        int code;
        using (var console = new CliConsole(output, error)
        {
            OpenInput = () => new MemoryStream(Encoding.UTF8.GetBytes(input)),
            Folder = folder,
            Variable = name => name switch
            {
                "AMOEBA_HOME" => Path.Combine(folder, "home"),
                "AMOEBA_ZONES" => "off",
                "PATH" => Environment.GetEnvironmentVariable("PATH"),
                "USER" => "ada",
                _ => null,
            },
        })
        {
            code = await Entry.RunAsync(arguments, console);
        }

        return new CliRun(code, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }
}
