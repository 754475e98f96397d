using Amoeba.Cells.Docker;
using Amoeba.Cli;
using Amoeba.Tests.Cli;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cells.Docker;

/// <summary>What is said where docker cannot be used, with clients that complain as real ones do.</summary>
public sealed class DockerWordsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
        "there is no docker daemon; start it (`systemctl start docker`), or set DOCKER_HOST to where it listens")]
    [InlineData("permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: "
        + "Get \"http://%2Fvar%2Frun%2Fdocker.sock/v1.50/images/json\": dial unix /var/run/docker.sock: "
        + "connect: permission denied",
        "this user may not talk to the docker daemon; let an administrator add you to the group docker (`usermod -aG "
            + "docker NAME`, then log in again), or use rootless docker or podman")]
    [InlineData("Error response from daemon: No such image: amoeba:1",
        "the image IMAGE is not there; make it with `amoeba docker build`")]
    [InlineData("something nobody expected.\nSee 'docker --help'.",
        "docker failed: something nobody expected; call it by hand to see more, or use another cell")]
    public async Task A_run_says_what_is_missing_and_what_to_do(string complaint, string words)
    {
        var run = await RunAsync($"cat >&2 <<'END'\n{complaint}\nEND\nexit 1");
        Assert.Equal((ExitCodes.Lacking, $"amoeba: cell docker is not available: {Filled(words)}\n"),
            (run.Code, run.Error));
    }

    [Theory]
    [InlineData("echo sha256:abc 99", "the worker in the image IMAGE speaks version 99 of the protocol, "
        + "and this Amoeba OURS; make it with `amoeba docker build`")]
    [InlineData("echo 'sha256:abc <no value>'", "the image IMAGE has no worker of Amoeba in it; "
        + "make it with `amoeba docker build`")]
    public async Task An_image_of_another_version_is_refused(string client, string words)
    {
        var run = await RunAsync(client);
        Assert.Equal((ExitCodes.Lacking, $"amoeba: cell docker is not available: {Filled(words)}\n"),
            (run.Code, run.Error));
    }

    [Fact]
    public async Task A_client_that_is_not_there_is_named_wherever_it_is_needed()
    {
        const string Words =
            "the program no-such-client was not found; install docker (on Debian: apt-get install docker.io), "
            + "or name another client in the configuration (docker: { command: podman })";
        File.WriteAllText(_folder["amoeba.yaml"], "docker: { command: no-such-client }");
        var plan = Plan();
        var run = await CliRun.InAsync(_folder.Path, "", "run", plan, "--cell", "docker", "--yes");
        Assert.Equal((ExitCodes.Lacking, $"amoeba: cell docker is not available: {Words}\n"), (run.Code, run.Error));
        var build = await CliRun.InAsync(_folder.Path, "", "docker", "build");
        Assert.Equal((ExitCodes.Lacking, $"amoeba: {Words}\n"), (build.Code, build.Error));

        var doctor = await CliRun.InAsync(_folder.Path, "", "doctor");
        Assert.Equal(ExitCodes.Done, doctor.Code);
        Assert.Contains("the program no-such-client was not found", doctor.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_and_simulate_ask_no_daemon()
    {
        Client("echo called > called; exit 1");
        var plan = await CliRun.InAsync(_folder.Path, "", "plan", Plan(), "--cell", "docker");
        Assert.Equal(ExitCodes.Done, plan.Code);
        Assert.False(File.Exists(_folder["called"]));
    }

    [Theory]
    [InlineData("docker: Error response from daemon: failed to create shim: OCI runtime create failed: setting rlimit: "
        + "operation not permitted: unknown.",
        "no container can be made from it here: failed to create shim: OCI runtime create failed: setting rlimit: "
            + "operation not permitted: unknown; that is not for its base: ")]
    [InlineData("exec /opt/amoeba/amoeba-worker: no such file or directory", "the worker does not run in it: "
        + "exec /opt/amoeba/amoeba-worker: no such file or directory; use a base with glibc")]
    [InlineData("docker: Error response from daemon: OCI runtime create failed: exec: \"/opt/amoeba/amoeba-worker\": "
        + "permission denied", "the worker does not run in it: ")]
    [InlineData("Error loading shared library libstdc++.so.6", "the worker does not run in it: Error loading shared "
        + "library libstdc++.so.6; use a base with glibc")]
    public void A_base_is_blamed_for_nothing_that_it_cannot_help(string complaint, string words) =>
        Assert.StartsWith($"the image i was made, but {words}",
            ImageBuild.TrialFailed(complaint, "i"), StringComparison.Ordinal);

    private static string Filled(string words) => words
        .Replace("IMAGE", DockerOptions.DefaultImage, StringComparison.Ordinal)
        .Replace("OURS", ContainerLabels.OurProtocol, StringComparison.Ordinal);

    private Task<CliRun> RunAsync(string client)
    {
        Client(client);
        return CliRun.InAsync(_folder.Path, "", "run", Plan(), "--cell", "docker", "--yes");
    }

    private string Plan()
    {
        var plan = _folder["plan.yaml"];
        File.WriteAllText(plan, "each: [a]\ndo: { run: [only-in-the-image] }\n");
        return plan;
    }

    private void Client(string text)
    {
        var client = _folder["docker"];
        File.WriteAllText(client, $"#!/bin/sh\n{text}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(client, (UnixFileMode)0b111_101_101);
        File.WriteAllText(_folder["amoeba.yaml"], $"docker: {{ command: {client} }}");
    }
}
