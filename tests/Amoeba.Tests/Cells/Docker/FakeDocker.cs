using Amoeba.Cells.Docker;
using Amoeba.Processes;
using Amoeba.Secrets;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cells.Docker;

/// <summary>
/// A client that answers from files and whose containers are workers on this machine: for what can be shown without a
/// daemon, or not with one.
/// </summary>
internal sealed class FakeDocker : IDisposable
{
    private const string Text = """
        #!/bin/sh
        cd "$(dirname "$0")/docker" || exit 1
        echo "$*" >>calls
        if [ -f deaf ] && [ "$1" != image ] && [ "$1" != run ]; then
          echo 'Cannot connect to the Docker daemon. Is the docker daemon running?' >&2; exit 1
        fi
        if [ -f hangs ] && [ "$1" != run ]; then exec sleep 300; fi
        case $1 in
          version) echo 1 ;;
          build) echo $$ >building; exec sleep 300 ;;
          image) cat image 2>/dev/null || { echo 'Error: No such image' >&2; exit 1; } ;;
          ps) ls containers ;;
          inspect) cat containers/* ;;
          rm)
            if [ -f unknowing ]; then : >hangs; echo "Error: No such container: $3" >&2; exit 1; fi
            if [ -f stubborn ]; then echo 'Error response from daemon: device or resource busy' >&2; exit 1; fi
            rm -f containers/*
            for pid in $(cat pids 2>/dev/null); do kill -9 "$pid" 2>/dev/null; done; rm -f pids ;;
          run)
            if [ -f gone ]; then
              echo 'docker: Cannot connect to the Docker daemon. Is the docker daemon running?' >&2; exit 125
            fi
            for word; do before=$last; last=$this; this=$word; done
            echo $$ >>pids
            exec WORKER "$before" "$last" "$this" ;;
        esac
        """;

    private readonly TempFolder _folder = new();

    public FakeDocker()
    {
        var worker = System.IO.Path.Combine(AppContext.BaseDirectory, "amoeba-worker");
        File.WriteAllText(_folder["client"], Text.Replace("WORKER", worker, StringComparison.Ordinal) + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(_folder["client"], (UnixFileMode)0b111_101_101);
            File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_101_101); // for whoever its tasks would be
        }

        Directory.CreateDirectory(Path("containers"));
        Image = "sha256:first";
    }

    public DockerOptions Options => new() { Command = _folder["client"] };

    /// <summary>A folder that a job may work in.</summary>
    public string Folder => _folder.Path;

    /// <summary>Where a build says its pid, which then takes long.</summary>
    public string Building => Path("building");

    /// <summary>The id of the image.</summary>
    public string Image
    {
        set => File.WriteAllText(Path("image"), $"{value} {ContainerLabels.OurProtocol}\n");
    }

    public void RemoveImage() => File.Delete(Path("image"));

    /// <summary>Every call so far.</summary>
    public string[] Calls => File.Exists(Path("calls")) ? File.ReadAllLines(Path("calls")) : [];

    /// <summary>Containers that are there.</summary>
    public string[] Left =>
        [.. Directory.GetFiles(Path("containers")).Select(file => System.IO.Path.GetFileName(file))];

    /// <summary>The daemon answers nothing about containers.</summary>
    public bool IsDeaf
    {
        set => Mark("deaf", value);
    }

    /// <summary>Its daemon makes no container any more.</summary>
    public bool IsGone
    {
        set => Mark("gone", value);
    }

    /// <summary>It answers nothing at all, for as long as anybody waits.</summary>
    public bool Hangs
    {
        set => Mark("hangs", value);
    }

    /// <summary>
    /// It removes nothing: asked to, it says once that there is no such container, and hangs after that.
    /// </summary>
    public bool HangsUnknowing
    {
        set => Mark("unknowing", value);
    }

    /// <summary>It removes nothing.</summary>
    public bool IsStubborn
    {
        set => Mark("stubborn", value);
    }

    public DockerClient Client(ProgramLauncher launcher) => new(launcher, Options, EnvironmentBuilder.OfThisProcess());

    /// <summary>A container that is there.</summary>
    public void Leave(string name, string parent) =>
        File.WriteAllText(System.IO.Path.Combine(Path("containers"), name),
            $"/{name}\t\t{parent}\tjob\tchild\trunning\t0\t2030-01-01T00:00:00Z\n");

    public void Dispose() => _folder.Dispose();

    private string Path(string name) => System.IO.Path.Combine(_folder["docker"], name);

    private void Mark(string name, bool there)
    {
        if (there) File.WriteAllText(Path(name), "");
        else File.Delete(Path(name));
    }
}
