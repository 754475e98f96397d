using Amoeba.Deciding;
using Amoeba.Engine.Records;

namespace Amoeba.Engine.State;

/// <summary>What a stage's successes showed so far: mean and variance by Welford's method, most memory.</summary>
internal sealed class SeenResults
{
    private double _mean;
    private double _squares;
    private double _cpu;
    private int _cpuCount;
    private long? _peak;
    private Spend _spent;

    public int Count { get; private set; }

    public void Add(AttemptFigures figures)
    {
        Count++;
        var off = figures.Execution - _mean;
        _mean += off / Count;
        _squares += off * (figures.Execution - _mean);
        var tokens = figures.Tokens;
        _spent += new Spend(tokens.Input + tokens.Output + tokens.Cached, (double)figures.CostUsd);
        if (figures.CpuSeconds is { } cpu)
        {
            _cpu += cpu;
            _cpuCount++;
        }

        if (figures.PeakMemory is { } peak)
        {
            _peak = Math.Max(_peak ?? 0, peak);
        }
    }

    /// <summary>What one success used on average; null before there was one.</summary>
    public Spend? MeanSpend => Count == 0 ? null : new Spend(_spent.Tokens / Count, _spent.CostUsd / Count);

    public StageResults ToResults(int stage) => new(
        stage, Count, _mean, Count > 1 ? _squares / (Count - 1) : 0,
        _cpuCount > 0 ? _cpu / _cpuCount : null, _peak);
}
