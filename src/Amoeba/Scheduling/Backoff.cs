namespace Amoeba.Scheduling;

/// <summary>
/// How long to wait before trying again: doubling from 0.2 s to 30 s, with jitter of half to one and a half.
/// </summary>
internal static class Backoff
{
    public static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    /// <param name="failures">Failures so far, 1 and up.</param>
    /// <param name="chance">0 up to 1.</param>
    public static TimeSpan After(int failures, double chance)
    {
        var doubled = First * Math.Pow(2, Math.Clamp(failures - 1, 0, 30));
        return (doubled < Longest ? doubled : Longest) * (0.5 + chance);
    }
}
