using System.Globalization;
using System.Runtime.InteropServices;
using Amoeba.StandIn;

const string Usage = """
    Amoeba.ModelServer [--port N] [--addresses N] [--https] [--script FILE] [--until-eof]
      --port N       default: a free one, told on the first line
      --addresses N  listens on 127.0.0.1 to 127.0.0.N
      --https        with a certificate that nobody trusts
      --script FILE  what it does, as JSON; docs/guides/model-server.md
      --until-eof    ends when its standard input does
    """;

var options = new ModelServerOptions();
var untilEof = false;
try
{
    for (var i = 0; i < args.Length; i++)
    {
        switch (args[i])
        {
            case "--port": options = options with { Port = Number(Value(ref i)) }; break;
            case "--addresses": options = options with { Addresses = Number(Value(ref i)) }; break;
            case "--https": options = options with { Https = true }; break;
            case "--script": options = options with { Script = ScriptFile.Parse(File.ReadAllText(Value(ref i))) }; break;
            case "--until-eof": untilEof = true; break;
            default: throw new FormatException($"Unknown option '{args[i]}'.");
        }
    }
}
catch (Exception wrong) when (wrong is FormatException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(wrong.Message + "\n" + Usage);
    return 2;
}

var end = new TaskCompletionSource();
using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
try
{
    await using var server = await ModelServer.StartAsync(options);
    Console.WriteLine("listening on " + server.Url);
    var eof = untilEof ? Task.Run(() => Console.OpenStandardInput().CopyTo(Stream.Null)) : new TaskCompletionSource().Task;
    await Task.WhenAny(end.Task, eof);
    return 0;
}
catch (IOException taken)
{
    Console.Error.WriteLine(taken.Message + "\nChoose another port with --port, or leave it out.");
    return 1;
}

void End(PosixSignalContext signal)
{
    signal.Cancel = true;
    end.TrySetResult();
}

string Value(ref int i) => ++i < args.Length ? args[i] : throw new FormatException($"{args[i - 1]} needs a value.");

static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
    ? number : throw new FormatException($"'{text}' is not a whole number.");
