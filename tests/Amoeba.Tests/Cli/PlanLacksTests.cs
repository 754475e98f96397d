using System.Text.Json;
using Amoeba.Cells.Docker;
using Amoeba.Cli;
using Amoeba.Tests.Cells.Docker;

namespace Amoeba.Tests.Cli;

/// <summary>`plan` says what a job of containers would lack, before it is handed in.</summary>
public sealed class PlanLacksTests : IDisposable
{
    private const string Lack = "cell docker is not available: the image";

    private readonly FakeDocker _docker = new();

    public PlanLacksTests()
    {
        File.WriteAllText(
            Path.Combine(_docker.Folder, "amoeba.yaml"), $"docker: {{ command: {_docker.Options.Command} }}");
        File.WriteAllText(Path.Combine(_docker.Folder, "plan.json"),
            """{ "name": "n", "each": ["x", "y"], "do": { "run": ["echo", "{item}"] } }""");
    }

    public void Dispose() => _docker.Dispose();

    [Fact]
    public async Task The_missing_image_is_told_in_words_and_in_json_with_the_decision()
    {
        _docker.RemoveImage();
        var words = await PlanAsync("--cell", "docker");
        Assert.Contains($"amoeba: warning: {Lack} {DockerOptions.DefaultImage} is not there; make it with `amoeba",
            words.Error.Replace("\n    ", " ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("cell: docker", words.Out, StringComparison.Ordinal);
        Assert.StartsWith(Lack, Assert.Single(Missing(await PlanAsync("--cell", "docker", "--json"))),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_told_too_where_the_isolation_asks_for_a_container()
    {
        _docker.RemoveImage();
        Assert.Contains("container", Assert.Single(Missing(await PlanAsync("--isolation", "container", "--json"))),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nothing_is_missing_nothing_is_said()
    {
        var plan = await PlanAsync("--cell", "docker", "--json");
        Assert.DoesNotContain("not available", plan.Error, StringComparison.Ordinal);
        Assert.Empty(Missing(plan));
    }

    [Fact]
    public async Task Where_no_container_is_wanted_docker_is_not_asked()
    {
        _docker.RemoveImage();
        Assert.Empty(Missing(await PlanAsync("--json")));
        Assert.Empty(_docker.Calls);
    }

    private static List<string?> Missing(CliRun plan) => [.. JsonDocument.Parse(plan.Out).RootElement
        .GetProperty("missing").EnumerateArray().Select(one => one.GetString())];

    private async Task<CliRun> PlanAsync(params string[] options)
    {
        var run = await CliRun.InAsync(_docker.Folder, "", ["plan", "plan.json", .. options]);
        Assert.True(run.Code == ExitCodes.Done, run.Error);
        return run;
    }
}
