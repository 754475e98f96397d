using System.Globalization;
using System.Runtime.Versioning;
using Amoeba.Processes;

namespace Amoeba.Tests.Processes;

[SupportedOSPlatform("linux")]
public sealed class StartingTests : IDisposable
{
    private readonly Programs _programs = new();

    public void Dispose() => _programs.Dispose();

    [Fact]
    public async Task Output_error_output_and_code_arrive()
    {
        var run = await _programs.Run("echo out; echo err >&2; exit 7");
        Assert.Equal("out\n", run.Stdout);
        Assert.Equal("err\n", run.Stderr);
        var exit = Assert.Single(run.Sink.Exits);
        Assert.Equal(7, exit.Code);
        Assert.Equal("exit code 7", exit.Describe());
    }

    [Fact]
    public async Task A_signal_is_told_by_number_and_name()
    {
        var run = await _programs.Run("kill -SEGV $$");
        var exit = await run.Exit();
        Assert.Null(exit.Code);
        Assert.Equal("signal 11 (SEGV)", exit.Describe());
    }

    [Fact]
    public async Task The_environment_is_exactly_what_was_given()
    {
        var run = await _programs.Run(new ProgramStart(
            Env(), [], ["B=2", "A=1", "EMPTY=", "UTF=grün"], _programs.Folder));
        Assert.Equal("B=2\nA=1\nEMPTY=\nUTF=grün\n", run.Stdout);
    }

    [Fact]
    public async Task It_starts_in_its_folder_with_no_input_and_default_signals_in_its_own_session()
    {
        var run =
            await _programs.Run(
                "pwd; cat; read -r a b c d e f g < /proc/self/stat; echo $f $$; grep Sig[BI] /proc/self/status");
        var lines = run.Stdout.Split('\n');
        Assert.Equal(_programs.Folder, lines[0]);
        var session = lines[1].Split(' ');
        Assert.Equal(session[1], session[0]);
        Assert.Equal("SigBlk:\t0000000000000000", lines[2]);
        // The runtime ignores SIGPIPE here; a child that did too would never end in `yes | head`. The C library keeps
        // two signals above 31 for itself.
        Assert.Equal(0L, Convert.ToInt64(lines[3].Split('\t')[1], 16) & int.MaxValue);
    }

    [Fact]
    public async Task The_input_can_be_a_file()
    {
        var file = Path.Combine(_programs.Folder, "input");
        await File.WriteAllTextAsync(file, "hello", TestContext.Current.CancellationToken);
        var run = await _programs.Run(_programs.Shell("cat") with { StdinFile = file });
        Assert.Equal("hello", run.Stdout);
    }

    [Fact]
    public async Task No_descriptor_of_ours_passes_on()
    {
        // One that does not close by itself, as a library or whoever started us may leave behind.
        var open = Libc.Open("/dev/null", Libc.OReadOnly, 0);
        try
        {
            var run = await _programs.Run(new ProgramStart(Ls(), ["/proc/self/fd"], [], _programs.Folder));
            // The fourth is the folder that is being listed.
            Assert.Equal("0\n1\n2\n3\n", run.Stdout);
        }
        finally
        {
            _ = Libc.Close(open);
        }
    }

    [Fact]
    public async Task Two_thousand_runs_of_true_all_end_well_and_leave_no_descriptor()
    {
        await _programs.Run("true");
        var before = Directory.GetFiles("/proc/self/fd").Length;
        var start = new ProgramStart(Executables.Resolve("true", "/", null)!, [], [], "/");
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 2000),
            new ParallelOptions
            {
                MaxDegreeOfParallelism = 2,
                CancellationToken = TestContext.Current.CancellationToken
            },
            async (_, _) =>
            {
                var run = await _programs.Run(start);
                Assert.Equal(0, Assert.Single(run.Sink.Exits).Code);
            });
        Assert.Empty(_programs.Launcher.Running);
        // Other tests open files meanwhile; one descriptor left by each run would be twice as many.
        Assert.InRange(Directory.GetFiles("/proc/self/fd").Length, 0, before + 1000);
    }

    [Fact]
    public async Task Large_output_arrives_whole()
    {
        var run = await _programs.Run("head -c 3000000 /dev/zero | tr '\\0' x");
        Assert.Equal(3_000_000, run.Stdout.Length);
        Assert.Equal(0, (await run.Exit()).Code);
    }

    [Fact]
    public async Task A_sink_that_refuses_output_ends_the_program()
    {
        var sink = new Sink { Refuse = 100_000 };
        var program =
            _programs.Launcher.Start(_programs.Shell("while :; "
                + "do echo aaaaaaaaaaaaaaaaaaaaaaaaa; done"), sink).Program!;
        var exit = await new Started(program, sink).Exit();
        Assert.True(exit.OutputRefused);
        Assert.Equal(Libc.SigKill, exit.Signal);
    }

    [Theory]
    [InlineData("/nowhere/at/all", StartFailureKind.NotFound, "does not exist")]
    [InlineData("/etc/passwd", StartFailureKind.NotPermitted, "may not be executed")]
    [InlineData("/etc", StartFailureKind.NotPermitted, "it is a folder")]
    [InlineData("relative", StartFailureKind.BadValue, "full path")]
    public void What_cannot_be_started_is_told(string program, object kind, string words)
    {
        var (running, failure) = _programs.Launcher.Start(new ProgramStart(program, [], [], "/"), new Sink());
        Assert.Null(running);
        Assert.Equal(kind, failure!.Kind);
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_scripts_missing_folders_and_too_long_arguments_are_told()
    {
        var noInterpreter = Script("missing", "#!/nowhere/sh\n");
        var noFirstLine = Script("plain", "echo hello\n");
        Assert.Equal(StartFailureKind.NotFound, FailureOf(new ProgramStart(noInterpreter, [], [], "/")));
        Assert.Equal(StartFailureKind.NotExecutable, FailureOf(new ProgramStart(noFirstLine, [], [], "/")));
        Assert.Equal(StartFailureKind.NoFolderOrInput, FailureOf(new ProgramStart("/bin/sh", [], [], "/nowhere")));
        Assert.Equal(StartFailureKind.NoFolderOrInput,
            FailureOf(_programs.Shell("cat") with { StdinFile = "/nowhere" }));
        Assert.Equal(StartFailureKind.TooLong, FailureOf(_programs.Shell(new string('x', 200_000))));
        Assert.Equal(StartFailureKind.BadValue, FailureOf(_programs.Shell("a\0b")));
    }

    [Fact]
    public void Who_holds_a_program_open_for_writing_is_told_of()
    {
        var script = Script("held", "#!/bin/sh\n");
        using var held = File.OpenWrite(script);
        var failure = _programs.Launcher.Start(new ProgramStart(script, [], [], "/"), new Sink()).Failure!;
        Assert.Equal(StartFailureKind.Other, failure.Kind);
        Assert.Contains("open for writing", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>What another thread starts has the script open too, from its fork until it is loaded.</summary>
    [Fact(Timeout = 120_000)]
    public async Task What_was_just_written_starts_while_others_start() =>
        await Task.WhenAll(Enumerable.Range(0, 4).Select(line => Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                var script = Script($"new{line}.{i}", "#!/bin/sh\necho new\n");
                var run = await _programs.Run(new ProgramStart(script, [], [], "/"));
                Assert.Equal("new\n", run.Stdout);
            }
        })));

    [Fact]
    public void A_name_is_found_as_a_shell_finds_it()
    {
        var mine = Script("mine", "#!/bin/sh\n");
        Assert.Equal("/bin/sh", Executables.Resolve("sh", "/", "/nowhere:/bin"));
        Assert.Equal(mine, Executables.Resolve("./mine", _programs.Folder, "/bin"));
        Assert.Equal(mine, Executables.Resolve("mine", _programs.Folder, ":/bin"));
        Assert.Null(Executables.Resolve("mine", _programs.Folder, "/bin"));
        Assert.Null(Executables.Resolve("passwd", "/", "/etc"));
        Assert.Null(Executables.Resolve("", "/", null));
    }

    [Fact]
    public async Task A_short_helper_can_be_captured_and_has_a_time_limit()
    {
        var cancel = TestContext.Current.CancellationToken;
        var (run, _) =
            await _programs.Launcher.CaptureAsync(_programs.Shell("echo hi"), 1000, TimeSpan.FromMinutes(1), cancel);
        Assert.Equal("hi\n"u8.ToArray(), run!.Stdout);
        Assert.False(run.TimedOut);
        (run, _) =
            await _programs.Launcher.CaptureAsync(_programs.Shell("sleep 60"),
                1000, TimeSpan.FromMilliseconds(50), cancel);
        Assert.True(run!.TimedOut);
    }

    [Fact]
    public async Task A_sink_with_a_bug_ends_its_program_and_no_other()
    {
        var other = _programs.Start(_programs.Shell("sleep 0.2; echo fine"));
        var program = _programs.Launcher.Start(_programs.Shell("echo; sleep 60"), new BrokenSink()).Program!;
        await Assert.ThrowsAsync<InvalidTimeZoneException>(
            () => program.Completion.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        await other.Exit();
        Assert.Equal("fine\n", other.Stdout);
    }

    [Fact]
    public async Task Cpu_time_is_measured()
    {
        var run = await _programs.Run("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done");
        Assert.True((await run.Exit()).CpuTime > TimeSpan.FromMilliseconds(10));
    }

    private StartFailureKind FailureOf(ProgramStart start) => _programs.Launcher.Start(start, new Sink()).Failure!.Kind;

    private string Script(string name, string text)
    {
        var file = Path.Combine(_programs.Folder, name);
        File.WriteAllText(file, text);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return file;
    }

    private static string Env() => Executables.Resolve("env", "/", null)!;

    private static string Ls() => Executables.Resolve("ls", "/", null)!;

    private sealed class BrokenSink : IProgramOutput
    {
        public bool OnOutput(ProgramStream stream, ReadOnlySpan<byte> bytes) =>
            throw new InvalidTimeZoneException(bytes.Length.ToString(CultureInfo.InvariantCulture));

        public void OnExit(ProgramExit exit)
        {
        }
    }
}
