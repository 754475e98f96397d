using Amoeba.Benchmarks;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Bench;

/// <summary>
/// Alone, for it takes the machine as its own: it stops the whole process to see what memory is in use, and keeps
/// hundreds of connections open.
/// </summary>
[Collection("alone")]
public sealed class BenchTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("amoeba-bench-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => TempFolder.Remove(_folder);

    [Fact]
    public void The_help_lists_every_benchmark_in_order()
    {
        var listed = Benchmarks.Bench.Contents.Split('\n').Select(line => line.Trim().Split(' ')[0]);
        Assert.Equal(Benchmarks.Bench.All.Select(benchmark => benchmark.Name), listed);
    }

    /// <summary>Those that need neither another program nor a built tool: that they run, not how fast.</summary>
    [Theory(Timeout = 600_000)]
    [InlineData("million")]
    [InlineData("engine-sqlite")]
    [InlineData("engine-memory")]
    [InlineData("start")]
    [InlineData("makespan")]
    [InlineData("takeover")]
    [InlineData("network")]
    [InlineData("streaming")]
    [InlineData("open-calls")]
    [InlineData("deciding")]
    [InlineData("cells")]
    public async Task A_quick_round_prints_a_line_with_its_aim(string name)
    {
        using var output = new StringWriter();
        var options = new BenchOptions([name], Quick: true, Json: false);
        await Benchmarks.Bench.RunAsync(options, _folder, cli: null, output, TextWriter.Null, Cancel);
        Assert.Matches(@"\| [<>]= [\d.]+", output.ToString());
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task What_cannot_be_measured_here_says_why()
    {
        using var output = new StringWriter();
        var options = new BenchOptions(["startup"], Quick: true, Json: false);
        await Benchmarks.Bench.RunAsync(options, _folder, cli: null, output, TextWriter.Null, Cancel);
        Assert.Contains("startup: not measured; the command line tool is not built",
            output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_has_every_round()
    {
        using var output = new StringWriter();
        var options = new BenchOptions(["deciding"], Quick: true, Json: true);
        await Benchmarks.Bench.RunAsync(options, _folder, cli: null, output, TextWriter.Null, Cancel);
        using var json = System.Text.Json.JsonDocument.Parse(output.ToString());
        var finding = json.RootElement.GetProperty("data")[0].GetProperty("findings")[0];
        Assert.Equal(2, finding.GetProperty("ours").GetProperty("values").GetArrayLength());
        Assert.Equal("at most", finding.GetProperty("aim").GetProperty("kind").GetString());
    }

    [Fact]
    public void A_median_is_the_middle_and_a_quantile_the_nearest_rank()
    {
        Assert.Equal(2.5, new Series("s", "", [4, 1, 3, 2]).Median);
        Assert.Equal(3, new Series("s", "", [9, 3, 1]).Median);
        Assert.Equal(99,
            new Series("s", "", [.. Enumerable.Range(1, 100).Select(value => (double)value)]).Quantile(0.99));
    }
}
