using Amoeba.Cells.Docker;
using Amoeba.Processes;
using Amoeba.Secrets;

namespace Amoeba.Benchmarks;

/// <summary>What a child in a container costs beside a container of the same image that does nothing.</summary>
internal static class DockerStart
{
    /// <returns>Null where there is no daemon or no image; why is said.</returns>
    public static async Task<Finding?> MeasureAsync(BenchRoom room, CancellationToken cancel)
    {
        using var launcher = new ProgramLauncher(BenchRoom.Time);
        var client = new DockerClient(launcher, new DockerOptions(), EnvironmentBuilder.OfThisProcess());
        var (problem, image) = await client.CheckAsync(cancel);
        if (problem is not null)
        {
            room.Say($"cells: docker is left out: {problem.Words}");
            return null;
        }

        var place = new ContainerPlace { Image = image, Folder = room.Folder, Memory = 256 << 20, Processes = 64 };
        using var cell = new BenchCell(room, (runner, _) => new DockerCell(
            runner, client,
            new DockerCellOptions
            {
                Parent = "bench",
                Home = null,
                Place = _ => place,
                Dying = TimeSpan.FromSeconds(5)
            }));
        List<double> ours = [], theirs = [], ready = [];
        for (var round = -1; round < room.Rounds(15); round++)
        {
            room.Say($"cells: docker, round {round + 1}");
            var nothing = await NothingAsync(client, cancel);
            var began = BenchRoom.Time.GetTimestamp();
            var (child, milliseconds) = await cell.SpawnAsync(cancel);
            await cell.EndAsync(child, cancel);
            var all = BenchRoom.Time.GetElapsedTime(began).TotalMilliseconds;
            if (round < 0) continue; // reads the files from the disk
            theirs.Add(nothing);
            ours.Add(all);
            ready.Add(milliseconds);
        }

        var our = new Series("spawn to gone", "ms", ours);
        var their = new Series("start to end", "ms", theirs);
        return new Finding
        {
            What = "docker child, warm image: its whole life with no task",
            Against = "`docker run --rm` of the same image with /bin/true",
            Ours = our,
            Theirs = their,
            Figure = Series.Ratio("of it", our, their),
            Aim = new Aim(AtLeast: false, 1.2),
            Raw = [new Series("spawn to ready", "ms", ready)],
        };
    }

    private static async Task<double> NothingAsync(DockerClient client, CancellationToken cancel)
    {
        string[] call =
            ["run", "--rm", "--network", "none", "--log-driver", "none",
                "--entrypoint", "/bin/true", client.Options.Image];
        var began = BenchRoom.Time.GetTimestamp();
        var answer = await client.AskAsync(call, cancel);
        return answer.Done
            ? BenchRoom.Time.GetElapsedTime(began).TotalMilliseconds
            : throw new InvalidOperationException(answer.Complaint);
    }
}
