namespace Amoeba.Engine.Records;

/// <summary>What the attempts of a job cost together; durations in seconds, sizes in bytes.</summary>
/// <param name="Attempts">Attempts that ended.</param>
/// <param name="Spawn">From their orders to the tools' starts, with the making of children.</param>
/// <param name="Teardown">From the tools' ends to the results.</param>
/// <param name="CpuSeconds">Of processors, where that is measured.</param>
/// <param name="PeakMemory">Most that one of them held.</param>
/// <param name="OutputBytes">All that they wrote.</param>
internal readonly record struct ChildUse(
    int Attempts, double Spawn, double Teardown, double CpuSeconds, long PeakMemory, long OutputBytes)
{
    public ChildUse With(AttemptFigures one) => new(
        Attempts + 1, Spawn + one.Spawn, Teardown + one.Teardown, CpuSeconds + (one.CpuSeconds ?? 0),
        Math.Max(PeakMemory, one.PeakMemory ?? 0), OutputBytes + one.OutputBytes);
}

/// <summary>An attempt that was followed by another.</summary>
/// <param name="Attempt">Its number.</param>
/// <param name="Child">The child that made it.</param>
/// <param name="Error">Why it was not the last.</param>
/// <param name="Figures">What it cost; null where its child was lost with it.</param>
internal sealed record EarlierAttempt(int Attempt, string? Child, string? Error, AttemptFigures? Figures);
