using System.Runtime.CompilerServices;
using Amoeba.Plans;
using Amoeba.Sources;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Sources;

/// <summary>A folder with files, and short ways to spool plans in it.</summary>
internal sealed class SourceFolder : IDisposable
{
    public SourceFolder() => Root = Directory.CreateTempSubdirectory("amoeba-sources-").FullName;

    public string Root { get; }

    public string Target => Path.Combine(Root, "spool", "job-1");

    public void Write(string name, string text)
    {
        var path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    public async Task<(Spooled Spooled, string[][] Items)> SpoolAsync(PlanSpec plan, ICommandLines? commands = null)
    {
        var spooled = await new ItemSpooler(commands).SpoolAsync(
            plan,
            Root,
            Target,
            TestContext.Current.CancellationToken);
        var stored = PlanJson.Read(PlanJson.Write(plan, withItems: false));
        using var items = JobItems.Open(stored, StageManifest.FromJson(StageManifest.ToJson(spooled.Stages)), Target);
        return (spooled, [.. plan.Tasks.Select((_, stage) => Texts(items[stage]))]);
    }

    public async Task<string[]> ItemsAsync(string each, ICommandLines? commands = null) =>
        (await SpoolAsync(Plan(each), commands)).Items[0];

    public async Task<string> RefusedAsync(string each, ICommandLines? commands = null, string argument = "{item}") =>
        (await Assert.ThrowsAsync<PlanException>(() => SpoolAsync(Plan(each, argument), commands))).Message;

    public static PlanSpec Plan(string each, string argument = "{item}") =>
        PlanReader.Read($$"""{ "each": {{each}}, "do": { "run": ["echo", "{{argument}}"] } }""", "plan.json");

    public void Dispose() => TempFolder.Remove(Root);

    private static string[] Texts(IItems? items) =>
        items is null ? [] : [.. Enumerable.Range(0, (int)items.Count).Select(index => items.Read(index).Text)];
}

/// <summary>A command that lists what the test gives it.</summary>
internal sealed class FakeCommand(string[] lines, CommandFailedException? failure = null) : ICommandLines
{
    public IReadOnlyList<string>? Called { get; private set; }

    public async IAsyncEnumerable<string> ReadAsync(
        IReadOnlyList<string> arguments, string folder, [EnumeratorCancellation] CancellationToken cancel)
    {
        Called = arguments;
        foreach (var line in lines)
        {
            await Task.Yield();
            yield return line;
        }

        if (failure is not null) throw failure;
    }
}
