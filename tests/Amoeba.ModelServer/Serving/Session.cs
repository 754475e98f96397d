using System.Collections.Concurrent;
using Amoeba.StandIn.Answering;
using Amoeba.StandIn.Limiting;

namespace Amoeba.StandIn.Serving;

/// <summary>A script at work, with all that it counts. A new script is a new session.</summary>
internal sealed class Session
{
    private readonly ConcurrentDictionary<ulong, int> _times = new();
    private readonly ConcurrentDictionary<string, Admission> _admissions = new();
    private readonly TimeProvider _time;
    private readonly long _start;

    public Session(Script script, TimeProvider time)
    {
        Script = script;
        Answerer = new Answerer(script);
        Faults = new FaultChooser(script.Faults);
        Counter = new Counter(script.Limits?.Seconds ?? 60);
        _time = time;
        _start = time.GetTimestamp();
    }

    public Script Script { get; }

    public Answerer Answerer { get; }

    public FaultChooser Faults { get; }

    public Counter Counter { get; }

    /// <summary>Seconds since the script was set.</summary>
    public double Now => _time.GetElapsedTime(_start).TotalSeconds;

    /// <summary>How often this path was asked for, this time included; apart from what chance counts.</summary>
    public int CountOf(string path) => _times.AddOrUpdate(~Hash(path, []), 1, (_, times) => times + 1);

    public Chance ChanceFor(string path, byte[] body)
    {
        var hash = Hash(path, body);
        var times = _times.AddOrUpdate(hash, 1, (_, before) => before + 1);
        return new Chance(hash ^ ((ulong)Script.Seed * 0x9E3779B97F4A7C15) ^ ((ulong)times << 32));
    }

    /// <summary>Null where the script has no limits.</summary>
    public Admission? AdmissionFor(string model) => Script.Limits is { } limits
        ? _admissions.GetOrAdd(limits.PerModel ? model : "", _ => new Admission(limits))
        : null;

    private static ulong Hash(string path, byte[] body) =>
        Chance.Hash(body, Chance.Hash(System.Runtime.InteropServices.MemoryMarshal.AsBytes(path.AsSpan())));
}
