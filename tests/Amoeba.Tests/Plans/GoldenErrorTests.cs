using Amoeba.Plans;

namespace Amoeba.Tests.Plans;

/// <summary>
/// What wrong plans are told, word by word. To accept new words, look at the difference and run the tests once with
/// UPDATE_GOLDEN=1.
/// </summary>
public sealed class GoldenErrorTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Amoeba.Tests", "Plans", "Golden");

    public static TheoryData<string> Plans() =>
    [
        .. Directory.GetFiles(Folder).Where(file => Path.GetExtension(file) != ".txt")
            .Select(file => Path.GetFileName(file)).Order(),
    ];

    [Theory]
    [MemberData(nameof(Plans))]
    public void A_wrong_plan_is_told_what_and_where(string file)
    {
        var path = Path.Combine(Folder, file);
        var message = Assert.Throws<PlanException>(() => PlanReader.Read(File.ReadAllText(path), file)).Message + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1") File.WriteAllText(path + ".txt", message);
        Assert.Equal(File.ReadAllText(path + ".txt"), message);
    }
}

internal static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "Amoeba.slnx")) ? folder : Find(Path.GetDirectoryName(folder)!);
}
