using System.Text;
using System.Text.Json;
using Amoeba.Cli;
using Amoeba.Processes;
using Amoeba.Stores.Sqlite;
using Amoeba.Tests.Processes;

namespace Amoeba.Tests.Cli;

/// <summary>What the whole command leaves and says of a secret that its configuration lists.</summary>
[Collection("cells")] // their programs load the machine
public sealed class MaskedCommandTests : IDisposable
{
    private const string Secret = "correct-horses/\"battery\"";

    /// <summary>In clear, URL-encoded, JSON-escaped and in base64.</summary>
    private const string Forms = """
        forms() (
          printf '%s\n' "$API_KEY"
          printf '%s\n' "$API_KEY" | sed 's|/|%2F|g; s|"|%22|g'
          printf '%s\n' "$API_KEY" | sed 's|"|\\"|g'
          printf %s "$API_KEY" | base64
        )

        """;

    /// <summary>More than the store keeps within itself.</summary>
    private const string Many = Forms + "i=0; while [ $i -lt 400 ]; do forms; i=$((i+1)); done";

    private const string Complaint = Forms + "forms >&2; exit 3";

    private const string Killed = Forms + "(echo last words; forms) > /proc/$PPID/fd/2; kill -9 $PPID";

    /// <summary>What is the same in every form of it, and another's beginning.</summary>
    private static readonly string[] Signs = ["correct-horse", "Y29ycmVjdC1ob3JzZ"];

    private readonly Programs _programs = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _programs.Dispose();

    [Theory(Timeout = 120_000)]
    [InlineData("thread", false)]
    [InlineData("process", true)]
    [InlineData("detached", true)]
    [InlineData("process", true, "--detached")]
    public async Task A_listed_secret_is_in_nothing_that_the_command_leaves_or_says(
        string cell, bool hasWorkers, string option = "--json")
    {
        string[] tasks = hasWorkers ? [Many, Complaint, Killed] : [Many, Complaint];
        await File.WriteAllTextAsync(
            Path.Combine(_programs.Folder, "amoeba.yaml"), "inherit: [API_KEY]\n", Cancel);
        var plan = Path.Combine(_programs.Folder, "plan.json");
        await File.WriteAllTextAsync(plan, JsonSerializer.Serialize(new
        {
            name = "n",
            cell,
            children = 2,
            on_failure = "continue",
            limits = new { retries = 1 },
            tasks = tasks.Select((text, i) => new { id = $"t{i}", @do = new { sh = text } }),
        }), Cancel);
        // Whoever looks on keeps the journal from being put away at the end.
        using var looker = OpenStore();
        var run = await KeptCommand.StartLeavingAsync(
            _programs, ["run", plan, "--yes", option], $"API_KEY={Secret}");
        var (code, said) = await run.ExitAsync();
        // A parent in the background is waited for.
        if (option == "--detached") code = (await CliRun.InAsync(_programs.Folder, "", "wait", "last")).Code;
        await Eventually.True(() => !Parents().Any(ParentLock.IsHeld));
        Assert.True(code == ExitCodes.Failed, run.Error);
        AssertHides("the output", said);
        AssertHides("the errors", run.Error);
        foreach (var words in (string[])["wait last", "show last", "show last --json", "results last --jsonl"])
        {
            var (_, told, complained) = await CliRun.InAsync(_programs.Folder, "", words.Split(' '));
            AssertHides(words, told + complained);
            if (hasWorkers && words.StartsWith("results", StringComparison.Ordinal))
                Assert.Contains("last words", told, StringComparison.Ordinal);
        }

        var left = Directory.GetFiles(Home, "*", SearchOption.AllDirectories).ToDictionary(file => file, ReadAsync);
        foreach (var (file, text) in left) AssertHides(file, await text);
        string[] parts = ["amoeba.db", "amoeba.db-wal", "outputs/"];
        foreach (var part in option == "--detached" ? [.. parts, "logs/"] : parts)
            Assert.Contains(left, one => one.Key.Contains($"{Home}/{part}", StringComparison.Ordinal)
                && one.Value.Result.Contains("***", StringComparison.Ordinal));
    }

    private string Home => Path.Combine(_programs.Folder, "home");

    private IEnumerable<string> Parents()
    {
        using var store = SqliteStore.OpenReadOnly(new Amoeba.Hosting.HomeFolder(Home).Store);
        return [.. store.Reader.ListParents().Select(parent => ParentLock.PathOf(Home, parent.Id))];
    }

    private Amoeba.Stores.StoreReading OpenStore()
    {
        Directory.CreateDirectory(Home);
        var path = new Amoeba.Hosting.HomeFolder(Home).Store;
        SqliteStore.Open(path).Dispose();
        var store = SqliteStore.OpenReadOnly(path);
        Assert.Empty(store.Reader.ListJobs(null, 1));
        return store;
    }

    private static void AssertHides(string what, string text)
    {
        foreach (var sign in Signs)
        {
            var at = text.IndexOf(sign, StringComparison.Ordinal);
            Assert.True(at < 0, $"{what}: {text[Math.Max(0, at - 100)..Math.Min(text.Length, Math.Max(at, 0) + 50)]}");
        }
    }

    /// <summary>Byte for byte, whatever it holds.</summary>
    private static async Task<string> ReadAsync(string file)
    {
        using var bytes = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var text = new StreamReader(bytes, Encoding.Latin1);
        return await text.ReadToEndAsync(Cancel);
    }
}
