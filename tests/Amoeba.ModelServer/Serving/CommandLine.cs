using System.Globalization;

namespace Amoeba.StandIn.Serving;

/// <summary>The server as a program.</summary>
internal static class CommandLine
{
    private const string Usage = """
        Amoeba.ModelServer [--port N] [--addresses N] [--https] [--script FILE] [--until-eof]
          --port N       default: a free one, told on the first line
          --addresses N  listens on 127.0.0.1 to 127.0.0.N
          --https        with a certificate that nobody trusts
          --script FILE  what it does, as JSON; docs/guides/model-server.md
          --until-eof    ends when its standard input does

        """;

    /// <summary>Serves until <paramref name="end"/>; 0, 1 if the port is taken, 2 if it is called wrongly.</summary>
    public static async Task<int> RunAsync(string[] args, Stream input, TextWriter output, TextWriter error, Task end)
    {
        try
        {
            var (options, untilEof) = Read(args);
            await using var server = await ModelServer.StartAsync(options);
            await output.WriteLineAsync("listening on " + server.Url);
            await output.FlushAsync();
            await (untilEof ? Task.WhenAny(end, Task.Run(() => input.CopyToAsync(Stream.Null))) : end);
            return 0;
        }
        catch (FormatException wrong)
        {
            await error.WriteLineAsync(wrong.Message + "\n" + Usage);
            return 2;
        }
        catch (IOException taken)
        {
            await error.WriteLineAsync(taken.Message + "\nChoose another port with --port, or leave it out.");
            return 1;
        }
    }

    private static (ModelServerOptions Options, bool UntilEof) Read(string[] args)
    {
        var options = new ModelServerOptions();
        var untilEof = false;
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--port": options = options with { Port = Number(Value(args, ref i), 65535) }; break;
                case "--addresses": options = options with { Addresses = Number(Value(args, ref i), 254) }; break;
                case "--https": options = options with { Https = true }; break;
                case "--script": options = options with { Script = ReadScript(Value(args, ref i)) }; break;
                case "--until-eof": untilEof = true; break;
                default: throw new FormatException($"Unknown option '{args[i]}'.");
            }
        }

        return (options, untilEof);
    }

    private static Script ReadScript(string file)
    {
        try
        {
            return ScriptFile.Parse(File.ReadAllText(file));
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException)
        {
            throw new FormatException(wrong.Message, wrong);
        }
    }

    private static string Value(string[] args, ref int i) =>
        ++i < args.Length ? args[i] : throw new FormatException($"{args[i - 1]} needs a value.");

    private static int Number(string text, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most
            ? number : throw new FormatException($"'{text}' is not a whole number up to {most}.");
}
