namespace Amoeba.Scheduling;

/// <summary>
/// The order of ready tasks: due first; of those due alike the longest (Graham's longest-first rule); then plan order.
/// </summary>
internal readonly record struct ReadyKey(long Due, float Seconds, int Ordinal) : IComparable<ReadyKey>
{
    public int CompareTo(ReadyKey other)
    {
        var order = Due.CompareTo(other.Due);
        if (order == 0)
        {
            order = other.Seconds.CompareTo(Seconds);
        }

        return order != 0 ? order : Ordinal.CompareTo(other.Ordinal);
    }

    public static bool operator <(ReadyKey a, ReadyKey b) => a.CompareTo(b) < 0;

    public static bool operator >(ReadyKey a, ReadyKey b) => a.CompareTo(b) > 0;

    public static bool operator <=(ReadyKey a, ReadyKey b) => a.CompareTo(b) <= 0;

    public static bool operator >=(ReadyKey a, ReadyKey b) => a.CompareTo(b) >= 0;
}
