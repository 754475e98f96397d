namespace Amoeba.Processes;

/// <summary>
/// The space of process numbers that this process lives in, such as a container's: numbers of another one mean nothing
/// here, though the start of the machine is the same.
/// </summary>
internal static class ProcessSpace
{
    /// <summary>Empty where the system does not tell.</summary>
    public static string Current { get; } = Read();

    private static string Read()
    {
        try
        {
            return new FileInfo("/proc/self/ns/pid").LinkTarget ?? "";
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
