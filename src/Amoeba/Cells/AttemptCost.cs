using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;

namespace Amoeba.Cells;

/// <summary>What the tools of one attempt cost together: peaks count once, the rest adds up.</summary>
internal struct AttemptCost
{
    private long? _peakMemory;
    private double? _cpuSeconds;
    private TokenCounts _tokens;
    private decimal _usd;
    private string? _note;
    private TimeSpan _seen;
    private TimeSpan _spawn;
    private TimeSpan _execution;

    /// <param name="outcome">What a tool came to.</param>
    /// <param name="time">The clock.</param>
    /// <param name="since">When it was called.</param>
    public void Add(in ToolOutcome outcome, TimeProvider time, long since)
    {
        if (outcome.Times is { } times)
        {
            _seen += time.GetElapsedTime(since);
            _spawn += times.Spawn;
            _execution += times.Execution;
        }

        if (outcome.PeakMemory is { } peak) _peakMemory = Math.Max(_peakMemory ?? 0, peak);
        if (outcome.CpuSeconds is { } seconds) _cpuSeconds = (_cpuSeconds ?? 0) + seconds;
        _tokens += outcome.Tokens;
        if (outcome.Note is { } note) _note = _note is null ? note : $"{_note}; {note}";
        _usd += outcome.CostUsd;
    }

    public readonly AttemptFigures Figures(
        TimeProvider time, long ordered, long began, long ended, long outputBytes) => new()
        {
            OutputBytes = outputBytes,
            // What was measured elsewhere counts as it was measured there: it may have begun
            // long before anybody here looked.
            Spawn = (time.GetElapsedTime(ordered, began) + _spawn).TotalSeconds,
            Execution = (time.GetElapsedTime(began, ended) - _seen + _execution).TotalSeconds,
            Teardown = (time.GetElapsedTime(ended) + Longer(_seen - _spawn - _execution, TimeSpan.Zero)).TotalSeconds,
            PeakMemory = _peakMemory,
            CpuSeconds = _cpuSeconds,
            Tokens = _tokens,
            CostUsd = _usd,
            Note = _note,
        };

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
