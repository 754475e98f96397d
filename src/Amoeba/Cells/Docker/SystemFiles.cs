using System.Text;
using Amoeba.Processes;

namespace Amoeba.Cells.Docker;

/// <summary>
/// A small root file system out of this machine's own packages, for where no base image is given: the files of a few of
/// them as dpkg lists them, with every library that they or the worker are linked to.
/// </summary>
internal sealed class SystemFiles(ProgramLauncher launcher, string? path)
{
    private const int MostOutput = 64 << 20;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Without these there is no system; the others are taken where they are installed.</summary>
    private static readonly string[] Needed = ["libc6", "libc-bin", "dash", "coreutils"];

    private static readonly string[] Wanted =
    [
        .. Needed, "bash", "findutils", "grep", "sed", "tar", "gzip",
        "bzip2", "xz-utils", "mawk", "gawk", "diffutils", "util-linux",
        "procps", "hostname", "debianutils", "libstdc++6", "libgcc-s1",
        "zlib1g", "ca-certificates", "netbase", "ncurses-base",
    ];

    private static readonly string[] LeftOut =
    [
        "/usr/share/doc/", "/usr/share/man/", "/usr/share/info/",
        "/usr/share/locale/", "/usr/share/lintian/", "/usr/share/bug/",
        "/usr/share/bash-completion/", "/usr/share/menu/", "/usr/share/common-licenses/",
        "/usr/share/initramfs-tools/", "/usr/share/debianutils/",
        "/etc/init.d/", "/etc/cron", "/etc/default/", "/etc/pam.d/",
        "/lib/systemd/", "/usr/lib/systemd/", "/var/", "/proc/", "/dev/",
        "/usr/sbin/", "/sbin/",
    ];

    /// <summary>What packages make when they are installed, and so do not list.</summary>
    private static readonly string[] Made =
    [
        "/etc/ssl/certs/ca-certificates.crt", "/usr/bin/awk",
        "/etc/alternatives/awk", "/usr/bin/which", "/etc/alternatives/which",
        "/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32",
    ];

    private readonly Dictionary<string, string> _real = new(StringComparer.Ordinal) { ["/"] = "/" };

    /// <summary>Full paths, sorted: files, and links as such with what they point to.</summary>
    /// <param name="linked">Further programs and libraries whose own libraries are needed.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="IOException">This machine has no such packages; says what to do.</exception>
    public async Task<IReadOnlyList<string>> CollectAsync(IEnumerable<string> linked, CancellationToken cancel)
    {
        const string Instead = "give a base image: `amoeba docker build --base debian:12-slim`";
        if (Executables.Resolve("dpkg-query", "/", path) is not { } dpkg)
            throw new IOException(
                $"no base image was given, and this machine has no packages of dpkg to make one from; {Instead}");
        var installed =
            Lines(await AskAsync(dpkg, ["--show", "--showformat", "${Package} "
                + "${db:Status-Status}\\n", .. Wanted], cancel))
            .Where(line => line.EndsWith(" installed", StringComparison.Ordinal))
                .Select(line => line.Split(' ')[0]).Distinct().ToList();
        if (Needed.Except(installed).ToList() is { Count: > 0 } missing)
            throw new IOException("no base image was given, and of this machine's packages "
                + $"{string.Join(", ", missing)} is not installed by dpkg; {Instead}");
        var files = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var file in Lines(await AskAsync(dpkg, ["--listfiles", .. installed], cancel)).Concat(Made))
            Take(file, files);
        var programs = files.Where(IsElf).Concat(linked.Where(IsElf)).ToArray();
        foreach (var library in await LibrariesAsync(programs, cancel)) Take(library, files);
        return [.. files];
    }

    private void Take(string file, SortedSet<string> into)
    {
        if (!file.StartsWith('/') || LeftOut.Any(folder => file.StartsWith(folder, StringComparison.Ordinal))
            || file.Contains("/gconv/", StringComparison.Ordinal)) return;
        var place = Path.Combine(Real(Path.GetDirectoryName(file) ?? "/"), Path.GetFileName(file));
        var link = new FileInfo(place).LinkTarget;
        if (link is null && !File.Exists(place)) return; // a folder, or taken away by hand
        if (!into.Add(place) || link is null) return;
        var target = Path.GetFullPath(link, Path.GetDirectoryName(place)!);
        if (File.Exists(target)) Take(target, into);
    }

    /// <summary>A folder by its real name: where /bin is a link, what is listed there lies elsewhere.</summary>
    private string Real(string folder)
    {
        if (_real.TryGetValue(folder, out var known)) return known;
        var above = Real(Path.GetDirectoryName(folder)!);
        var here = Path.Combine(above, Path.GetFileName(folder));
        var real = new DirectoryInfo(here).LinkTarget is { } link ? Real(Path.GetFullPath(link, above)) : here;
        return _real[folder] = real;
    }

    private async Task<IEnumerable<string>> LibrariesAsync(string[] programs, CancellationToken cancel)
    {
        if (Executables.Resolve("ldd", "/", path) is not { } ldd)
            throw new IOException(
                "ldd is not there, which says what libraries a program needs; install the package libc-bin");
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var some in programs.Chunk(200))
        {
            foreach (var line in Lines(await AskAsync(ldd, some, cancel)))
            {
                // "libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x...)", or the loader
                // itself: "/lib64/ld-... (0x...)".
                var words = line.Trim().Split(' ');
                var library = words is [_, "=>", var path, ..] ? path : words[0];
                if (library.StartsWith('/') && !library.EndsWith(':')) found.Add(library);
            }
        }

        return found;
    }

    private async Task<string> AskAsync(string program, IReadOnlyList<string> arguments, CancellationToken cancel)
    {
        var start =
            new ProgramStart(program, arguments, [$"PATH={path ?? "/usr/local/bin:/usr/bin:/bin"}", "LC_ALL=C"], "/");
        var (run, failure) = await launcher.CaptureAsync(start, MostOutput, Patience, cancel);
        return run is null ? throw new IOException(failure!.Message) : Encoding.UTF8.GetString(run.Stdout);
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static bool IsElf(string file)
    {
        var info = new FileInfo(file);
        if (info.LinkTarget is not null || !info.Exists || info.Length < 4) return false;
        Span<byte> begin = stackalloc byte[4];
        try
        {
            using var content = File.OpenRead(file);
            return content.ReadAtLeast(begin, 4, throwOnEndOfStream: false) == 4 && begin.SequenceEqual("\u007fELF"u8);
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
