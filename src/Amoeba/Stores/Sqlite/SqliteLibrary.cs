using System.Reflection;
using System.Runtime.InteropServices;

namespace Amoeba.Stores.Sqlite;

/// <summary>Binds to the operating system's own SQLite, which the system patches; nothing native is shipped.</summary>
internal static class SqliteLibrary
{
    private static readonly Lazy<nint> Handle = new(Load);

    /// <exception cref="Engine.Ports.StoreUnusableException">It is not on this machine.</exception>
    public static void EnsureLoaded() => _ = Handle.Value;

    private static nint Load()
    {
        try
        {
            var handle = NativeLibrary.Load(SystemName, typeof(SqliteLibrary).Assembly, null);
            NativeLibrary.SetDllImportResolver(typeof(SqliteLibrary).Assembly, Resolve);
            return handle;
        }
        catch (DllNotFoundException missing)
        {
            throw new Engine.Ports.StoreUnusableException(
                $"SQLite's library {SystemName} is not on this machine. Install it (Debian and Ubuntu: apt-get "
                + "install libsqlite3-0).",
                missing);
        }
    }

    private static string SystemName => OperatingSystem.IsWindows() ? "winsqlite3"
        : OperatingSystem.IsMacOS() ? "libsqlite3.dylib" : "libsqlite3.so.0";

    /// <summary>Zero leaves every other library to the runtime.</summary>
    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) =>
        name == SqliteApi.Library ? Handle.Value : 0;
}
