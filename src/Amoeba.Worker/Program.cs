using System.Globalization;
using Amoeba.Cells.Wire;
using Amoeba.Processes;

namespace Amoeba.Worker;

/// <summary>A child of Amoeba in a process of its own. Started by a parent, never by a person.</summary>
internal static class Program
{
    private const int Refused = 2;

    private static int Main(string[] arguments)
    {
        if (arguments is not [var version, var beat])
            return Say("amoeba-worker is started by amoeba for `cell: process`; run `amoeba` instead.");
        if (version != Protocol.Version.ToString(CultureInfo.InvariantCulture))
            return Say($"amoeba-worker speaks version {Protocol.Version} of the protocol, and was asked for version {version}: both have to come from one installation.");
        var channel = new InheritedChannel(Protocol.Descriptor);
        channel.Keep();
        if (!channel.Write(new Hello(Protocol.Version, WorkerTools.Names).Frame().Span)) return Refused;
        new WorkerHost(channel, int.Parse(beat, CultureInfo.InvariantCulture)).Run();
        return 0;
    }

    private static int Say(string words)
    {
        Console.Error.WriteLine(words);
        return Refused;
    }
}
