using System.Globalization;
using Amoeba.Cells.Wire;
using Amoeba.Processes;
using Amoeba.Worker.Detached;

namespace Amoeba.Worker;

/// <summary>A child of Amoeba in a process of its own. Started by a parent, never by a person.</summary>
internal static class Program
{
    private const int Refused = 2;

    private static int Main(string[] arguments)
    {
        if (arguments is not [var version, var beat, ..] || arguments.Length > 3)
            return Say("amoeba-worker is started by amoeba for the children of its cells; run `amoeba` instead, "
                + "or see `amoeba child --help`.");
        if (version != Protocol.Version.ToString(CultureInfo.InvariantCulture))
            return Say($"amoeba-worker speaks version {Protocol.Version} of the protocol, and was asked for version "
                + $"{version}: both have to come from one installation.");
        InheritedChannel.CrashOnSignals();
        var every = TimeSpan.FromMilliseconds(int.Parse(beat, CultureInfo.InvariantCulture));
        var talks = arguments is [_, _, Protocol.OverStandardStreams];
        if (!talks && arguments is [_, _, var folder]) return DetachedWorker.Run(folder, every);
        var channel = talks
            ? new InheritedChannel(input: 0, output: 1)
            : new InheritedChannel(Protocol.Descriptor, Protocol.Descriptor);
        channel.Keep();
        // Its tasks have the same user, and could otherwise speak to the parent in its name over its open files.
        if (talks)
        {
            FirstToGo.Open();
            InheritedChannel.Seclude();
        }

        if (!channel.Write(new Hello(Protocol.Version, WorkerTools.Names).Frame().Span)) return Refused;
        new WorkerHost(channel, (int)every.TotalMilliseconds, isInContainer: talks).Run();
        return 0;
    }

    private static int Say(string words)
    {
        Console.Error.WriteLine(words);
        return Refused;
    }
}
