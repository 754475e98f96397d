namespace Amoeba.Stores.Sqlite;

internal sealed record SqliteStoreOptions
{
    /// <summary>How long a call waits for another program's transaction before it fails. 10 s.</summary>
    public TimeSpan BusyTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
