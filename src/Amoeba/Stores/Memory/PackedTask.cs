using System.Runtime.InteropServices;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Stores.Memory;

/// <summary>
/// A task's row as plain values: a chunk of them is one object to the collector, where the records would be four each,
/// and a third of the time of a job in memory went into copying them.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct PackedTask
{
    private readonly bool _isThere, _hasFigures;
    private readonly TaskState _state;
    private readonly int _items, _attempt, _failures, _losses;
    private readonly long _lossProgress, _notBefore, _started, _finished;
    private readonly string? _child, _error, _tool, _note, _reused;

    /// <summary>Null for none, as nearly all have.</summary>
    private readonly IReadOnlyList<EarlierAttempt>? _earlier;

    /// <summary>Null for none; the bytes where they are inline, which is nearly always; else an <see cref="OutputRef"/>.</summary>
    private readonly object? _output;
    private readonly double _spawn, _execution, _teardown;
    private readonly double? _cpuSeconds;
    private readonly long? _peakMemory;
    private readonly long _outputBytes;
    private readonly TokenCounts _tokens;
    private readonly decimal _costUsd;

    public PackedTask(TaskRecord row)
    {
        _isThere = true;
        _state = row.State;
        _items = row.Items;
        _attempt = row.Attempt;
        _failures = row.Failures;
        _losses = row.Losses;
        _lossProgress = row.LossProgress;
        _notBefore = Pack(row.NotBefore);
        _started = Pack(row.Started);
        _finished = Pack(row.Finished);
        _child = row.Child;
        _error = row.Error;
        _output = Pack(row.Output);
        _earlier = row.Earlier.Count > 0 ? row.Earlier : null;
        if (row.Figures is not { } figures)
            return;
        _hasFigures = true;
        _spawn = figures.Spawn;
        _execution = figures.Execution;
        _teardown = figures.Teardown;
        _peakMemory = figures.PeakMemory;
        _cpuSeconds = figures.CpuSeconds;
        _outputBytes = figures.OutputBytes;
        _tokens = figures.Tokens;
        _costUsd = figures.CostUsd;
        _tool = figures.Tool;
        _note = figures.Note;
        _reused = figures.Reused;
    }

    public bool IsThere => _isThere;

    public TaskState State => _state;

    /// <summary>0 where there is no row.</summary>
    public int Attempt => _attempt;

    public TaskMark Mark(int ordinal) => new(ordinal, _items, _state);

    public TaskRecord Unpack(string job, int ordinal) => new()
    {
        Job = job,
        Ordinal = ordinal,
        Items = _items,
        State = _state,
        Attempt = _attempt,
        Failures = _failures,
        Losses = _losses,
        LossProgress = _lossProgress,
        NotBefore = Unpack(_notBefore),
        Started = Unpack(_started),
        Finished = Unpack(_finished),
        Child = _child,
        Error = _error,
        Earlier = _earlier ?? [],
        Output = _output switch
        {
            null => OutputRef.None,
            byte[] bytes => OutputRef.Of(bytes),
            var elsewhere => (OutputRef)elsewhere,
        },
        Figures = !_hasFigures ? null : new AttemptFigures
        {
            Spawn = _spawn,
            Execution = _execution,
            Teardown = _teardown,
            PeakMemory = _peakMemory,
            CpuSeconds = _cpuSeconds,
            OutputBytes = _outputBytes,
            Tokens = _tokens,
            CostUsd = _costUsd,
            Tool = _tool,
            Note = _note,
            Reused = _reused,
        },
    };

    private static object? Pack(OutputRef output)
    {
        if (output.Place == OutputPlace.None)
            return null;
        return output.Place == OutputPlace.Inline
            && MemoryMarshal.TryGetArray(output.Inline, out var whole)
            && whole.Array is { } bytes && whole.Count == bytes.Length
            ? bytes
            : output;
    }

    private static long Pack(DateTimeOffset? time) => time?.UtcTicks ?? 0;

    private static DateTimeOffset? Unpack(long ticks) => ticks == 0 ? null : new DateTimeOffset(ticks, TimeSpan.Zero);
}
