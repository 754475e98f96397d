namespace Amoeba.Tests.Fakes;

/// <summary>A folder of a test's own that goes with it.</summary>
internal sealed class TempFolder : IDisposable
{
    private const int Tries = 500;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public string Path { get; } = Directory.CreateTempSubdirectory("amoeba-test-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public void Dispose() => Remove(Path);

    /// <summary>
    /// Removes a folder with all in it. A guardian or a detached worker that is at its end may still write its last
    /// there, which only the file system tells.
    /// </summary>
    public static void Remove(string path)
    {
        using var never = new ManualResetEventSlim();
        for (var left = Tries; ; left--)
        {
            try
            {
                Directory.Delete(path, recursive: true);
                return;
            }
            catch (IOException) when (left > 0 && Directory.Exists(path))
            {
                never.Wait(Pause);
            }
        }
    }
}
