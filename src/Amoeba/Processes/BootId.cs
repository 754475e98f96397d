namespace Amoeba.Processes;

/// <summary>Which start of the machine this is: pids and start times mean nothing beyond it.</summary>
internal static class BootId
{
    private const string File = "/proc/sys/kernel/random/boot_id";

    /// <summary>Empty where the system does not tell.</summary>
    public static string Current { get; } = Read();

    private static string Read()
    {
        try
        {
            return System.IO.File.ReadAllText(File).Trim();
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
