using System.Buffers.Binary;
using System.Reflection;
using Amoeba.Engine.Ports;

namespace Amoeba.Stores.Sqlite;

/// <summary>Looks at a store's file before it is touched, makes it, and brings an older one up to date.</summary>
internal static class SqliteSchema
{
    /// <summary>Marks a SQLite file as ours: "Amba".</summary>
    public const int ApplicationId = 0x416d6261;

    private const int HeaderLength = 100;
    private const int CacheKib = 16 * 1024;
    private const int CheckpointPages = 4_000;

    private static readonly Lazy<IReadOnlyList<string>> Names = new(() => Assembly.GetExecutingAssembly()
        .GetManifestResourceNames().Where(name => name.Contains(".Migrations.", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal).ToList());

    /// <summary>The newest version that this program knows: the number of migrations there are.</summary>
    public const int Version = 10;

    /// <summary>
    /// Reads the file's first bytes as plain bytes, because opening it as a database may already write beside it. A
    /// file that this process has open was looked at before.
    /// </summary>
    /// <returns>The store's version; 0 where there is no store yet.</returns>
    public static long Look(string path) => OpenFiles.Look(path, () => LookAtFile(path), open: Version);

    private static long LookAtFile(string path)
    {
        Span<byte> header = stackalloc byte[HeaderLength];
        try
        {
            using var file = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            var length = file.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false);
            if (length == 0)
                return 0;
            if (length < HeaderLength || !header.StartsWith("SQLite format 3\0"u8))
                throw SqliteErrors.Damaged(path, "");
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return 0;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnusableException(
                $"The store {path} cannot be read. Make it readable for you, or choose another place with "
                + $"--home. ({refused.Message})",
                refused);
        }

        var version = BinaryPrimitives.ReadInt32BigEndian(header[60..]);
        var application = BinaryPrimitives.ReadInt32BigEndian(header[68..]);
        // Both are 0 in a file whose very first transaction is still in its write-ahead log.
        if (application != ApplicationId && (application != 0 || version != 0))
            throw SqliteErrors.Damaged(path, "");
        return version <= Version ? version : throw SqliteErrors.Newer(path, version, Version);
    }

    /// <summary>Sets a connection up for writing; a new or older store is brought up to date first.</summary>
    public static void Prepare(Db db, bool isNew)
    {
        db.Run("PRAGMA synchronous = FULL");
        db.Run("PRAGMA foreign_keys = ON");
        db.Run($"PRAGMA cache_size = -{CacheKib}");
        db.Run($"PRAGMA wal_autocheckpoint = {CheckpointPages}");
        if (isNew)
            UseLog(db);
        Migrate(db);
    }

    // SQLite does not wait for others while it changes the journal's kind, which programs that make a store at the same
    // moment would run into; taking the write lock does wait.
    private static void UseLog(Db db)
    {
        for (var left = 20; ; left--)
        {
            try
            {
                db.Run("PRAGMA journal_mode = WAL");
                return;
            }
            catch (StoreUnusableException) when (left > 0)
            {
                db.Write(() => 0);
            }
        }
    }

    /// <summary>
    /// Applies what is missing, each migration in a transaction of its own; programs may race for it.
    /// </summary>
    private static void Migrate(Db db)
    {
        var version = db.Number("PRAGMA user_version");
        if (version > Version)
            throw SqliteErrors.Newer(db.Path, version, Version);
        if (version == Version)
            return;
        if (version == 0 && db.Number("SELECT count(*) FROM sqlite_master") > 0
            && db.Number("PRAGMA user_version") == 0)
            throw SqliteErrors.Damaged(db.Path, "");
        for (var next = version + 1; next <= Version; next++)
            Apply(db, (int)next);
        // Puts the version where Look finds it, into the file itself.
        db.Run("PRAGMA wal_checkpoint(TRUNCATE)");
    }

    private static void Apply(Db db, int number) => db.Write(() =>
    {
        if (db.Number("PRAGMA user_version") >= number)
            return 0;
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Names.Value[number - 1])!;
        using var text = new StreamReader(stream);
        db.Run(text.ReadToEnd());
        db.Run($"PRAGMA application_id = {ApplicationId}");
        db.Run($"PRAGMA user_version = {number}");
        return 0;
    });
}
