using System.Globalization;
using System.Runtime.InteropServices;

namespace Amoeba.Machine;

/// <summary>Whom the operating system takes the process for, where the environment does not say.</summary>
internal static partial class Account
{
    /// <summary>The account's name, or its number where it has none, as in a container.</summary>
    public static string Name
    {
        get
        {
            var name = Environment.UserName;
            if (name.Length > 0 && name != "?") return name;
            return OperatingSystem.IsWindows() ? "an unnamed user"
                : string.Create(CultureInfo.InvariantCulture, $"uid {Number()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint Number();
}
