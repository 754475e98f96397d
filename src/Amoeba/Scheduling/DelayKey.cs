namespace Amoeba.Scheduling;

/// <summary>
/// When a task that waits for its time is due, ticks of uptime; of those due at once the first in the plan comes first.
/// </summary>
internal sealed record DelayKey(long Due, int Ordinal) : IComparable<DelayKey>
{
    public int CompareTo(DelayKey? other)
    {
        if (other is null) return 1;
        var byTime = Due.CompareTo(other.Due);
        return byTime != 0 ? byTime : Ordinal.CompareTo(other.Ordinal);
    }
}
