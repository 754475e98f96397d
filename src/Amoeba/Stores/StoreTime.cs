namespace Amoeba.Stores;

/// <summary>Stored times: microseconds since 1970 in UTC.</summary>
internal static class StoreTime
{
    public static long Of(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / 10;

    public static DateTimeOffset Of(long microseconds) =>
        new(DateTimeOffset.UnixEpoch.UtcTicks + microseconds * 10, TimeSpan.Zero);
}
