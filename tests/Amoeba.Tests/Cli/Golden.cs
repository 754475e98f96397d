using System.Runtime.CompilerServices;

namespace Amoeba.Tests.Cli;

/// <summary>
/// Texts that are compared with files under Golden/. With AMOEBA_GOLDEN=write they are written instead, to be read
/// and committed.
/// </summary>
internal static class Golden
{
    public static void Check(string name, string text, [CallerFilePath] string source = "")
    {
        var file = Path.Combine(Path.GetDirectoryName(source)!, "Golden", name + ".txt");
        if (Environment.GetEnvironmentVariable("AMOEBA_GOLDEN") == "write") File.WriteAllText(file, text);
        Assert.True(File.Exists(file), $"there is no {file}; AMOEBA_GOLDEN=write makes it");
        Assert.Equal(File.ReadAllText(file), text);
    }
}
