using System.Runtime.InteropServices;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Jobs;

namespace Amoeba.Stores.Memory;

/// <summary>
/// A task's row as plain values: a chunk of them is one object to the collector, where the records would be four each,
/// and a third of the time of a job in memory went into copying them. What few rows have lies beside, so that the rest
/// stays small.
/// </summary>
[StructLayout(LayoutKind.Auto)]
internal readonly struct PackedTask
{
    private readonly bool _isThere, _hasFigures;
    private readonly TaskState _state;
    private readonly int _items, _attempt;
    private readonly long _started, _finished;
    private readonly string? _child;

    /// <summary>Where a small output is; of length 0 where <see cref="_output"/> has it.</summary>
    private readonly SmallOutputs.Place _small;

    /// <summary>
    /// Null for none and for a small one; the bytes where they are inline; else an <see cref="OutputRef"/>.
    /// </summary>
    private readonly object? _output;
    private readonly double _spawn, _execution, _teardown;
    private readonly long _outputBytes;
    private readonly Rare? _rare;

    /// <param name="row">The row.</param>
    /// <param name="outputs">Where its output goes if it is small.</param>
    /// <param name="before">Where the row's last one is, if it was.</param>
    public PackedTask(TaskRecord row, SmallOutputs outputs, SmallOutputs.Place before = default)
    {
        _isThere = true;
        _state = row.State;
        _items = row.Items;
        _attempt = row.Attempt;
        _started = Pack(row.Started);
        _finished = Pack(row.Finished);
        _child = row.Child;
        if (!outputs.TryKeep(row.Output, before, out _small))
            _output = Pack(row.Output);
        _rare = Rare.Of(row);
        if (row.Figures is not { } figures)
            return;
        _hasFigures = true;
        _spawn = figures.Spawn;
        _execution = figures.Execution;
        _teardown = figures.Teardown;
        _outputBytes = figures.OutputBytes;
    }

    public bool IsThere => _isThere;

    public TaskState State => _state;

    /// <summary>Where its output is, if that is small.</summary>
    public SmallOutputs.Place Small => _small;

    /// <summary>0 where there is no row.</summary>
    public int Attempt => _attempt;

    public TaskMark Mark(int ordinal) => new(ordinal, _items, _state);

    public TaskRecord Unpack(string job, int ordinal, SmallOutputs outputs) => new()
    {
        Job = job,
        Ordinal = ordinal,
        Items = _items,
        State = _state,
        Attempt = _attempt,
        Failures = _rare?.Failures ?? 0,
        Losses = _rare?.Losses ?? 0,
        LossProgress = _rare?.LossProgress ?? 0,
        NotBefore = _rare?.NotBefore,
        Started = Unpack(_started),
        Finished = Unpack(_finished),
        Child = _child,
        Error = _rare?.Error,
        Earlier = _rare?.Earlier ?? [],
        Output = _output switch
        {
            null => outputs.Read(_small),
            byte[] bytes => OutputRef.Of(bytes),
            var elsewhere => (OutputRef)elsewhere,
        },
        Figures = !_hasFigures ? null : _rare?.Figures ?? new AttemptFigures
        {
            Spawn = _spawn,
            Execution = _execution,
            Teardown = _teardown,
            OutputBytes = _outputBytes,
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

    /// <summary>What a row has only where something went wrong or was measured.</summary>
    private sealed record Rare(
        int Failures, int Losses, long LossProgress, DateTimeOffset? NotBefore, string? Error,
        IReadOnlyList<EarlierAttempt> Earlier, AttemptFigures? Figures)
    {
        public static Rare? Of(TaskRecord row)
        {
            var figures = row.Figures is { } some && IsMore(some) ? some : null;
            return figures is null && row is
            { Failures: 0, Losses: 0, LossProgress: 0, NotBefore: null, Error: null, Earlier.Count: 0 }
                ? null
                : new Rare(row.Failures, row.Losses, row.LossProgress, row.NotBefore, row.Error, row.Earlier, figures);
        }

        private static bool IsMore(AttemptFigures figures) => figures.CostUsd != 0 || figures.Tokens != default
            || figures is not { PeakMemory: null, CpuSeconds: null, Tool: null, Note: null, Reused: null };
    }
}
