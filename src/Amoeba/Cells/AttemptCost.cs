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

    public void Add(in ToolOutcome outcome)
    {
        if (outcome.PeakMemory is { } peak) _peakMemory = Math.Max(_peakMemory ?? 0, peak);
        if (outcome.CpuSeconds is { } seconds) _cpuSeconds = (_cpuSeconds ?? 0) + seconds;
        _tokens += outcome.Tokens;
        if (outcome.Note is { } note) _note = _note is null ? note : $"{_note}; {note}";
        _usd += outcome.CostUsd;
    }

    public readonly AttemptFigures Figures(TimeProvider time, long ordered, long began, long ended, long outputBytes) => new()
    {
        OutputBytes = outputBytes,
        Spawn = time.GetElapsedTime(ordered, began).TotalSeconds,
        Execution = time.GetElapsedTime(began, ended).TotalSeconds,
        Teardown = time.GetElapsedTime(ended).TotalSeconds,
        PeakMemory = _peakMemory,
        CpuSeconds = _cpuSeconds,
        Tokens = _tokens,
        CostUsd = _usd,
        Note = _note,
    };
}
