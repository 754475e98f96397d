using System.Text;
using Amoeba.Cli;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cli;

/// <summary>Answers to what a job asks, as a person gives them.</summary>
public sealed class AnswerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("amoeba-answer-").FullName;

    public AnswerTests() => File.WriteAllText(
        Path.Combine(_folder, "plan.yaml"), "each: [a, b, c, d]\ndo: { wait: 0.01 }\nchildren: 4\n");

    public void Dispose() => TempFolder.Remove(_folder);

    [Theory]
    [InlineData("approve")]
    [InlineData("deny")]
    [InlineData("refuse")]
    public async Task What_changed_since_it_was_asked_is_shown_again_and_not_answered(string command)
    {
        Assert.Equal(ExitCodes.Approval, (await Amoeba("run", "plan.yaml", "--autonomy", "manual")).Code);
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "amoeba.yaml"), "inherit: [OTHER]\n", TestContext.Current.CancellationToken);
        var refused = await Amoeba(command, "last");
        Assert.Equal(ExitCodes.BadInput, refused.Code);
        Assert.Contains("has changed since you were asked", refused.Error, StringComparison.Ordinal);
        Assert.Contains("waits for your approval", refused.Error, StringComparison.Ordinal);
        Assert.Contains("awaiting_approval", (await Amoeba("show", "last", "--json")).Out, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, (await Amoeba("approve", "last", "--resume")).Code);
    }

    [Fact]
    public async Task A_job_whose_spool_was_deleted_is_cancelled_all_the_same()
    {
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "plan.yaml"), "each: [a, b]\ndo: { wait: 0 }\n",
            TestContext.Current.CancellationToken);
        Assert.Equal(ExitCodes.Approval,
            (await Amoeba("run", "plan.yaml", "--autonomy", "manual", "--children", "2")).Code);
        Directory.Delete(Path.Combine(_folder, "home", "spool"), recursive: true);
        var resume = await Amoeba("approve", "last", "--resume");
        Assert.Equal(ExitCodes.Lacking, resume.Code);
        Assert.Contains("amoeba cancel", resume.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, (await Amoeba("cancel", "last")).Code);
        Assert.Contains("\"cancelled\":2", (await Amoeba("show", "last", "--json")).Out, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.BadInput, (await Amoeba("cancel", "last")).Code);
    }

    [Fact]
    public async Task On_a_terminal_run_asks_in_place_until_it_understands()
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        using (var console = new CliConsole(output, error)
        {
            OpenInput = () => new MemoryStream("what\n3\n"u8.ToArray()),
            InputIsTerminal = true,
            ErrorIsTerminal = true,
            Folder = _folder,
            Variable = name => name == "AMOEBA_HOME" ? Path.Combine(_folder, "home") : null,
        })
        {
            Assert.Equal(ExitCodes.Done, await Entry.RunAsync(["run", "plan.yaml", "--autonomy", "manual"], console));
        }

        var said = Encoding.UTF8.GetString(error.ToArray());
        Assert.Equal(2, said.Split("[y] allow").Length - 1);
        Assert.InRange(said.LastIndexOf("[y] allow", StringComparison.Ordinal)
            - said.IndexOf("[y] allow", StringComparison.Ordinal), 1, 79);
        Assert.Equal(1, said.Split("waits for your approval").Length - 1);
        Assert.Contains("\"children\":3", (await Amoeba("show", "last", "--json")).Out, StringComparison.Ordinal);
    }

    private Task<CliRun> Amoeba(params string[] arguments) => CliRun.InAsync(_folder, "", arguments);
}
