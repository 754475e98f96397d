using Amoeba.Cells;
using Amoeba.Cells.Docker;
using Amoeba.Processes;
using Amoeba.Tests.Conformance;

namespace Amoeba.Tests.Cells.Docker;

/// <summary>What tests of containers add to a rig.</summary>
internal static class ContainerRig
{
    /// <summary>Tasks in a container are never root, and this folder is root's.</summary>
    public static void Open(CellRig rig)
    {
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(rig.Folder, (UnixFileMode)0b111_111_111);
    }

    public static DockerCell Cell(
        DockerDaemon daemon, CellRig rig, AttemptRunner runner, ProgramLauncher launcher, ContainerPlace? place = null,
        TimeSpan? beat = null, string home = "/nowhere") =>
        new(runner, daemon.Client(launcher, home), new DockerCellOptions
        {
            Parent = "parent-1",
            Home = daemon.Home,
            Beat = beat ?? TimeSpan.FromSeconds(5),
            Lives = parent => parent == "living",
            Place = _ => place ?? Place(daemon, rig),
            Patience = TimeSpan.FromMinutes(1),
        });

    public static ContainerPlace Place(DockerDaemon daemon, CellRig rig) =>
        new() { Image = daemon.Image!.Id, Folder = rig.Folder, Memory = 256 << 20, Processes = 64 };

    /// <summary>
    /// By its number in its container, which this machine calls otherwise: one that works in the rig's folder.
    /// </summary>
    public static bool IsAlive(CellRig rig, int pid) => ProcFs.Pids().Any(each =>
        NumbersOf(each) is { Length: > 1 } numbers && numbers[^1] == pid
            && CellRig.IsAlive(each) && FolderOf(each) == rig.Folder);

    private static string? FolderOf(int pid)
    {
        try
        {
            return new FileInfo($"/proc/{pid}/cwd").LinkTarget;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static int[] NumbersOf(int pid)
    {
        try
        {
            var line = File.ReadLines($"/proc/{pid}/status")
                .FirstOrDefault(line => line.StartsWith("NSpid:", StringComparison.Ordinal));
            return line is null
                ? []
                : [.. line.Split('\t').Skip(1).Select(number => int.Parse(number, provider: null))];
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
