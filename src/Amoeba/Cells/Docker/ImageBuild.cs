using System.Globalization;

namespace Amoeba.Cells.Docker;

/// <summary>What `amoeba docker build` made.</summary>
/// <param name="Image">Its name.</param>
/// <param name="Id">Its id.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Base">What it rests on.</param>
internal sealed record BuiltImage(string Image, string Id, long Bytes, string Base);

/// <summary>Makes the image that containers are made from.</summary>
/// <param name="client">The docker client.</param>
/// <param name="path">PATH, in which dpkg is looked for.</param>
/// <param name="tell">Hears what is done, a line at a time.</param>
internal sealed class ImageBuild(DockerClient client, string? path, Action<string> tell)
{
    private const string OwnBase = "this machine's packages";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    /// <param name="baseImage">What it is to rest on; null is a root file system of this
    /// machine's own packages.</param>
    /// <param name="installed">Where the worker is installed.</param>
    /// <param name="cancel">Ends it; nothing is left behind.</param>
    /// <exception cref="IOException">It could not be made; says why and what to do.</exception>
    public async Task<BuiltImage> RunAsync(string? baseImage, string installed, CancellationToken cancel)
    {
        if (client.NotInstalled is { } lack) throw new IOException(lack.Words);
        var daemon = await client.AskAsync(["version", "--format", "{{.Server.Version}}"], cancel);
        if (!daemon.Done) throw new IOException(Words(daemon.Complaint));
        var folder = Directory.CreateTempSubdirectory("amoeba-image-").FullName;
        try
        {
            var worker = WorkerFiles.Collect(installed);
            if (baseImage is null) await WriteSystemAsync(folder, worker, cancel);
            WriteWorker(folder, worker, cancel);
            File.WriteAllText(Path.Combine(folder, "Dockerfile"), Recipe(baseImage));
            tell($"building {client.Options.Image} on {baseImage ?? OwnBase} ...");
            var built = await client.AskAsync(["build", "--tag", client.Options.Image, folder], cancel, Patience);
            if (!built.Done) throw new IOException(BuildFailed(built, baseImage));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        await TryWorkerAsync(cancel);
        var told =
            await client.AskAsync(["image", "inspect", "--format", "{{.Id}} {{.Size}}", client.Options.Image], cancel);
        var words = told.Output.Trim().Split(' ');
        if (!told.Done || words.Length != 2) throw new IOException(Words(told.Complaint));
        return new BuiltImage(client.Options.Image, words[0],
            long.Parse(words[1], CultureInfo.InvariantCulture), baseImage ?? OwnBase);
    }

    /// <summary>
    /// Where a task has as many processes as its container allows, no thread can be begun, and the runtime would end
    /// the worker for that: those that it lets go when they are idle, the compiler's too, stay. The numbers are
    /// hexadecimal, the last one is for ever.
    /// </summary>
    private const string KeptThreads =
        "DOTNET_ThreadPool_ThreadsToKeepAlive=6 DOTNET_TC_BackgroundWorkerTimeoutMs=ffffffff";

    /// <summary>In the order of what changes least, so that a second build finds most of it done.</summary>
    internal static string Recipe(string? baseImage) => $"""
        FROM {baseImage ?? "scratch"}
        {(baseImage is null ? "ADD system.tar /\n" : "")}ADD runtime.tar /
        ADD worker.tar /
        ENV DOTNET_ROOT={WorkerFiles.Runtime} DOTNET_EnableDiagnostics=0 {KeptThreads}
        LABEL {ContainerLabels.Protocol}="{ContainerLabels.OurProtocol}" amoeba.version="{DockerOptions.Version}"
        USER {ContainerUser.Own}:{ContainerUser.Own}
        CMD ["/bin/sh"]

        """;

    private async Task WriteSystemAsync(
        string folder, IReadOnlyList<(string Source, string Target)> worker, CancellationToken cancel)
    {
        tell($"collecting {OwnBase} ...");
        var files =
            await new SystemFiles(client.Launcher, path).CollectAsync(worker.Select(file => file.Source), cancel);
        using var layer = new LayerTar(Path.Combine(folder, "system.tar"));
        foreach (var place in (string[])["/dev", "/etc", "/home", "/mnt", "/opt", "/proc",
            "/root", "/run", "/srv", "/sys", "/usr", "/var"]) layer.AddFolder(place);
        foreach (var place in (string[])["/tmp", "/var/tmp"]) layer.AddFolder(place, open: true);
        layer.AddText("/etc/passwd",
            $"root:x:0:0:root:/root:/bin/sh\namoeba:x:{ContainerUser.Own}:{ContainerUser.Own}:amoeba:/tmp:/bin/sh\n");
        layer.AddText("/etc/group", $"root:x:0:\namoeba:x:{ContainerUser.Own}:\n");
        layer.AddText("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
        foreach (var file in files)
        {
            cancel.ThrowIfCancellationRequested();
            layer.Add(file, file);
        }

        tell($"{files.Count} files of the system");
    }

    private static void WriteWorker(
        string folder, IReadOnlyList<(string Source, string Target)> worker, CancellationToken cancel)
    {
        using var runtime = new LayerTar(Path.Combine(folder, "runtime.tar"));
        using var own = new LayerTar(Path.Combine(folder, "worker.tar"));
        foreach (var (source, target) in worker)
        {
            cancel.ThrowIfCancellationRequested();
            (target.StartsWith(WorkerFiles.Runtime, StringComparison.Ordinal) ? runtime : own).Add(source, target);
        }
    }

    /// <summary>A base without the libraries that the runtime needs builds well, and is of no use.</summary>
    private async Task TryWorkerAsync(CancellationToken cancel)
    {
        tell("trying the worker in it ...");
        var name = $"amoeba-try-{Guid.NewGuid():n}";
        string[] call =
            ["run", "--rm", "--name", name, "--network", "none", "--log-driver", "none",
                "--entrypoint", ContainerCall.Worker, client.Options.Image, "none", "0"];
        DockerAnswer tried;
        try
        {
            tried = await client.AskAsync(call, cancel);
        }
        catch (OperationCanceledException)
        {
            await Containers.RemoveAsync(client, [name], CancellationToken.None);
            throw;
        }

        if (tried.Complaint.Contains("of the protocol", StringComparison.Ordinal)) return;
        throw new IOException(TrialFailed(tried.Complaint, client.Options.Image));
    }

    /// <summary>Whether it is the base that lacks something, or this machine that makes no such container.</summary>
    internal static string TrialFailed(string complaint, string image)
    {
        var why = DockerWords.FirstLine(complaint);
        var isOfRuntime =
            ((string[])["Error response from daemon", "OCI runtime", "crun:", "runc "]).Any(
                of => complaint.Contains(of, StringComparison.Ordinal))
            && !complaint.Contains(ContainerCall.Worker, StringComparison.Ordinal)
                && !complaint.Contains("exec user process", StringComparison.Ordinal);
        return isOfRuntime
            ? $"the image {image} was made, but no container can be made from it here: {why}; "
                + "that is not for its base: "
                + "see what docker lacks on this machine, and build again"
            : $"the image {image} was made, but the worker does not run in it: {why}; "
                + "use a base with glibc, libgcc and libstdc++, such as debian:12-slim with the package libstdc++6";
    }

    private static string BuildFailed(DockerAnswer built, string? baseImage)
    {
        // Without its builder plugin the client begins with lines of advice.
        var lines = built.Complaint.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var why = lines.FirstOrDefault(line => line.StartsWith("ERROR", StringComparison.OrdinalIgnoreCase))
            ?? lines.LastOrDefault() ?? "it said nothing";
        return baseImage is null
            ? $"the image could not be built: {DockerWords.FirstLine(why)}"
            : $"the image could not be built on {baseImage}: {DockerWords.FirstLine(why)}; look at the name, "
                + $"or leave --base out to use {OwnBase}";
    }

    private string Words(string complaint) => DockerWords.Of(complaint, client.Options.Image, client.Host).Words;
}
