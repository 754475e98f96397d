using System.Globalization;
using Amoeba.Cells.Wire;
using Amoeba.Processes;

namespace Amoeba.Cells.Docker;

/// <summary>
/// The arguments of `docker run` for one child. Nothing of a task is among them: that goes over the frames.
/// </summary>
internal static class ContainerCall
{
    /// <summary>Where the worker is in an image of ours.</summary>
    public const string Worker = "/opt/amoeba/amoeba-worker";

    // The kernel counts threads; what a task may have of processes the worker itself watches.
    private const int ThreadsEach = 32, LeastTasks = 1024;

    // The client gives every container the proxies of its own configuration, credentials in them too, unless these are
    // named; named without a value they stay unset, because the client itself has none of them in its environment.
    private static readonly string[] Proxies =
        [.. ((string[])["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"]).SelectMany(
            name => (string[])[name, name.ToLowerInvariant()])];

    /// <param name="name">The container's.</param>
    /// <param name="labels">By which it is found.</param>
    /// <param name="parent">The parent's id, by which its guardian knows what it left.</param>
    /// <param name="place">What it sees and may use.</param>
    /// <param name="user">Never root.</param>
    /// <param name="home">The caller's HOME, instead of which a task gets <see cref="WorkerRoom.Home"/>.</param>
    /// <param name="image">What people call the image.</param>
    /// <param name="beat">Between two signs of life.</param>
    public static IReadOnlyList<string> Arguments(
        string name, IEnumerable<KeyValuePair<string, string>> labels, string parent,
        ContainerPlace place, ContainerUser user, string? home,
        string image, TimeSpan beat)
    {
        var memory = Number(place.Memory + WorkerRoom.Memory);
        return
        [
            "run", "--rm", "--interactive", "--pull", "never", "--log-driver", "none", "--name", name,
            .. labels.SelectMany(label => (string[])["--label", $"{label.Key}={label.Value}"]),
            "--user", user.ToString(),
            "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--read-only",
            .. place.Network ? (string[])[] : ["--network", "none"],
            "--memory", memory, "--memory-swap", memory,
            "--pids-limit", Number(Math.Max(LeastTasks, (long)place.Processes * ThreadsEach)),
            .. Cpus(place),
            .. Scratch("/tmp"), .. IsIn(WorkerRoom.Home, place.Folder) ? [] : Scratch(WorkerRoom.Home),
            "--env", $"HOME={WorkerRoom.Home}",
            .. home is null ? (string[])[] : ["--env", $"{WorkerRoom.CallerHomeVariable}={home}"],
            "--env", $"{WorkerRoom.Variable}={string.Join(':', Room(place))}",
            "--env", $"{WorkerRoom.ImageVariable}={image}",
            "--env", $"{ContainerMain.Variable}={name}", "--env", $"{Guardian.ParentVariable}={parent}",
            .. Proxies.SelectMany(name => (string[])["--env", name]),
            "--mount", Mount(place.Folder, readOnly: false),
            .. place.Covered.SelectMany(folder => (string[])["--mount", Cover(folder)]),
            .. place.Inputs is { } inputs ? (string[])["--mount", Mount(inputs, readOnly: true)] : [],
            "--workdir", place.Folder,
            "--entrypoint", Worker, place.Image, .. Protocol.Arguments(beat), Protocol.OverStandardStreams,
        ];
    }

    private static string Mount(string folder, bool readOnly) =>
        Fields("type=bind", $"source={folder}", $"target={folder}", readOnly ? "readonly" : null);

    /// <summary>Nothing, over what lies there. Not as `--tmpfs`, which would end the path at a colon.</summary>
    private static string Cover(string folder) =>
        Fields("type=tmpfs", $"target={folder}", "tmpfs-mode=0555", "readonly");

    /// <summary>As one line of comma-separated values, which is how the client reads it.</summary>
    private static string Fields(params IEnumerable<string?> parts) =>
        string.Join(',', parts.OfType<string>().Select(part =>
            part.AsSpan().IndexOfAny(',', '"', '\n') < 0
                ? part
                : $"\"{part.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));

    /// <summary>
    /// Why no container can have this folder under its own path, for a person; null where one can.
    /// </summary>
    public static string? WhyNotMounted(string folder)
    {
        if (((string[])[Worker, WorkerFiles.Runtime]).Any(own => folder == "/" || IsIn(own, folder)))
            return $"in a container of it there would be no worker and no system: {folder} is in the place of theirs";
        return folder == "/dev" || IsIn(folder, "/proc") || IsIn(folder, "/sys")
            ? $"{folder} is the kernel's, in a container as here"
            : null;
    }

    private static string[] Cpus(ContainerPlace place) => place.Cpus is { } cpus
        ? ["--cpus", cpus.ToString("0.##", CultureInfo.InvariantCulture)]
        : [];

    private static string[] Scratch(string folder) => ["--tmpfs", $"{folder}:rw,exec,nosuid,nodev,mode=1777"];

    /// <summary>Every folder in which a task may leave what is no part of the job's folder.</summary>
    private static IEnumerable<string> Room(ContainerPlace place) =>
        ((string[])["/tmp", "/dev/shm", "/dev/mqueue", WorkerRoom.Home]).Where(
            folder => !IsIn(folder, place.Folder) && !(place.Inputs is { } inputs && IsIn(folder, inputs)));

    private static bool IsIn(string folder, string outer) =>
        folder == outer || folder.StartsWith(outer + "/", StringComparison.Ordinal);

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
