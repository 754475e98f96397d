using System.Reflection;
using System.Runtime.InteropServices;
using SQLitePCL;

namespace Amoeba.Stores.Sqlite;

/// <summary>Binds to the operating system's own SQLite, which the system patches; nothing native is shipped.</summary>
internal static class SqliteLibrary
{
    private static readonly Lazy<bool> Loaded = new(Load);

    public static void EnsureLoaded() => _ = Loaded.Value;

    private static bool Load()
    {
        NativeLibrary.SetDllImportResolver(typeof(SQLite3Provider_e_sqlite3).Assembly, Resolve);
        try
        {
            raw.SetProvider(new SQLite3Provider_e_sqlite3());
        }
        catch (DllNotFoundException missing)
        {
            throw new Engine.Ports.StoreUnusableException(
                $"SQLite's library {SystemName} is not on this machine. Install it (Debian and Ubuntu: apt-get "
                + "install libsqlite3-0).",
                missing);
        }

        return true;
    }

    private static string SystemName => OperatingSystem.IsWindows() ? "winsqlite3"
        : OperatingSystem.IsMacOS() ? "libsqlite3.dylib" : "libsqlite3.so.0";

    private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name == "e_sqlite3" ? NativeLibrary.Load(SystemName, assembly, path) : IntPtr.Zero;
}
