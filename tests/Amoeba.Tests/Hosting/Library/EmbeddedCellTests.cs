using Amoeba.Cells.Workers;
using Amoeba.Hosting;
using Amoeba.Hosting.Running;
using Amoeba.Jobs;
using Amoeba.Secrets;
using Amoeba.Tests.Fakes;
using Microsoft.Extensions.DependencyInjection;

namespace Amoeba.Tests.Hosting.Library;

public sealed class EmbeddedCellTests : IDisposable
{
    private const string InProcess = """
        { "each": [1, 2, 3], "cell": "process", "children": 2, "merge": "lines", "do": { "sh": "echo $AMOEBA_ITEM" } }
        """;

    private readonly TempFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task An_assembly_of_a_worker_is_run_by_the_runtime_of_this_program()
    {
        var worker = Path.ChangeExtension(WorkerProgram.Find()!.Path, null) + ".dll";
        await using var provider = Services(options => options.Worker = worker);
        var result = await provider.GetRequiredService<IAmoeba>().RunAsync(InProcess, cancel: Cancel);
        Assert.Equal((JobState.Succeeded, "1\n2\n3\n"), (result.State, result.Text));
    }

    [Fact]
    public async Task A_worker_that_is_not_there_is_told_before_anything_runs()
    {
        await using var provider = Services(options => options.Worker = _folder["amoeba-worker"]);
        var told = await Assert.ThrowsAsync<MachineLacksException>(
            () => provider.GetRequiredService<IAmoeba>().RunAsync(InProcess, cancel: Cancel));
        Assert.Equal(
            $"cell process is not available: there is no {_folder["amoeba-worker"]}, which AmoebaOptions.Worker names; "
            + "it takes the full path of amoeba-worker or amoeba-worker.dll", told.Message);
    }

    [Theory]
    [InlineData("process")]
    [InlineData("detached")]
    public async Task A_worker_of_another_version_ends_the_job_with_both_versions(string cell)
    {
        // The real one, asked for a version that it does not speak, says what one of that version would.
        var worker = _folder["amoeba-worker"];
        await File.WriteAllTextAsync(worker, $"#!/bin/sh\nexec {WorkerProgram.Find()!.Path} 1 5000\n", Cancel);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(worker, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using var provider = Services(options => (options.Worker, options.Home) = (worker, _folder["home"]));
        var plan = InProcess.Replace("process", cell, StringComparison.Ordinal);
        var result = await provider.GetRequiredService<IAmoeba>().RunAsync(plan, cancel: Cancel);
        Assert.Equal(JobState.Failed, result.State);
        Assert.StartsWith("children cannot be started: 6 failed ", result.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(result.Tasks, task => task.State == TaskState.Failed);
        Assert.Contains("and was asked for version 1: both have to come from one installation",
            result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_worker_may_be_is_an_absolute_path()
    {
        using var provider = Services(options => options.Worker = "amoeba-worker");
        var told = Assert.Throws<ArgumentException>(() => provider.GetRequiredService<IAmoeba>());
        Assert.StartsWith("AmoebaOptions.Worker is amoeba-worker; expected an absolute path, or null.",
            told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Detached_cells_name_the_option_that_they_need()
    {
        await using var provider = Services(_ => { });
        var told =
            await Assert.ThrowsAsync<MachineLacksException>(() => provider.GetRequiredService<IAmoeba>().RunAsync(
            InProcess.Replace("process", "detached", StringComparison.Ordinal), cancel: Cancel));
        Assert.EndsWith("set AmoebaOptions.Home to a folder that lasts, or use another cell",
            told.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CellKind.Process)]
    [InlineData(CellKind.Detached)]
    public void A_program_without_a_worker_is_told_how_it_gets_one(CellKind kind)
    {
        var options = new ParentOptions
        {
            Environment = EnvironmentBuilder.OfThisProcess(),
            Home = _folder.Path,
            Worker = null,
            NoWorker = WorkerProgram.NotInProgram,
        };
        Assert.Contains(
            "where the package brings it with a build (not with AmoebaWorker=false)",
            CellSight.Missing(kind, options), StringComparison.Ordinal);
    }

    [Fact]
    public void The_runtime_is_the_first_place_that_has_one()
    {
        Directory.CreateDirectory(_folder["second/host/fxr"]);
        Assert.Equal(_folder["second"],
            InstalledRuntime.Find([null, _folder["first"], _folder["second"], _folder["third"]]));
        Assert.Null(InstalledRuntime.Find([_folder["first"]]));
        Assert.True(File.Exists(InstalledRuntime.Host));
    }

    private static ServiceProvider Services(Action<AmoebaOptions> configure)
    {
        var services = new ServiceCollection();
        services.AddAmoeba(configure);
        return services.BuildServiceProvider();
    }
}
