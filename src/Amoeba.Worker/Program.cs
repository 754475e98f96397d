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
        var talks = arguments is [_, _, Protocol.OverStandardStreams];
        if (!talks && arguments.Length != 2)
            return Say("amoeba-worker is started by amoeba for `cell: process`; run `amoeba` instead.");
        var (version, beat) = (arguments[0], arguments[1]);
        if (version != Protocol.Version.ToString(CultureInfo.InvariantCulture))
            return Say($"amoeba-worker speaks version {Protocol.Version} of the protocol, and was asked for version {version}: both have to come from one installation.");
        var channel = talks
            ? new InheritedChannel(input: 0, output: 1)
            : new InheritedChannel(Protocol.Descriptor, Protocol.Descriptor);
        channel.Keep();
        InheritedChannel.CrashOnSignals();
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
