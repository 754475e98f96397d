using Amoeba.Cells.Docker;
using Amoeba.Cli.Arguments;
using Amoeba.Cli.Json;
using Amoeba.Deciding;
using Amoeba.Hosting;
using Amoeba.Processes;

namespace Amoeba.Cli.Commands;

/// <summary>Makes the image that docker cells are made from.</summary>
internal static class DockerCommand
{
    public static readonly OptionSpec Base =
        new("--base", "IMAGE", "What it rests on (default: packages of this machine, by dpkg)");

    public static async Task<int> RunAsync(CommandCall call)
    {
        if (call.Word(0) != "build") throw new UsageException($"'amoeba docker {call.Word(0)}': expected build.");
        using var signals = new StopSignals();
        await using var workplace = Workplace.Of(call);
        using var launcher = new ProgramLauncher(call.Console.Time);
        var client = new DockerClient(launcher, workplace.Config.Docker, call.Console.Variables());
        var build = new ImageBuild(client, call.Console.Variable("PATH"), line => Tell(call, line));
        var image = await BuildAsync(build, call, signals.First);
        if (call.Json)
            JsonOutput.Write(call.Console, new ImageJson(image.Image, image.Id, image.Bytes, image.Base),
                CliJsonContext.Default.ImageJson);
        else
            Tell(call,
                $"{image.Image} is there: {Say.Bytes(image.Bytes)}, on {image.Base}. Use it with `cell: "
                    + "docker` in a plan, or --cell docker.");
        return ExitCodes.Done;
    }

    private static async Task<BuiltImage> BuildAsync(ImageBuild build, CommandCall call, CancellationToken cancel)
    {
        try
        {
            return await build.RunAsync(call.Value(Base), AppContext.BaseDirectory, cancel);
        }
        catch (OperationCanceledException)
        {
            throw new OperationCanceledException(
                "interrupted: no file and no program of the build is left; call it again to have the image");
        }
        catch (IOException problem) when (problem.GetType() == typeof(IOException))
        {
            throw new MachineLacksException(problem.Message);
        }
    }

    private static void Tell(CommandCall call, string line)
    {
        if (!call.Quiet && !call.Json) call.Console.Error.WriteLine(line);
    }
}
