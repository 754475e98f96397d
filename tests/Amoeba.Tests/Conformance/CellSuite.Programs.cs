using Amoeba.Engine.Ports;
using Amoeba.Plans;

namespace Amoeba.Tests.Conformance;

public abstract partial class CellSuite
{
    public static TheoryData<string> EvilItems =>
    [
        "; touch pwned", "$(touch pwned)", "`touch pwned`", "' ; touch pwned ; '", "\" ; touch pwned ; \"", "--help",
        "a\nb", "{index}", "{item}", "{{", "%s\\n", "$HOME", "", " ", "\\", "é漢😀", "-n", "*", "~", "\r\n\t",
    ];

    [Theory(Timeout = 120_000)]
    [MemberData(nameof(EvilItems))]
    public async Task Items_never_become_shell(string item)
    {
        var items = $"[{new TextItem(item).Json}]";
        string[] tools = ["""{"run": ["printf", "%s", "{item}"]}""", """{"sh": "printf %s \"$AMOEBA_ITEM\""}"""];
        foreach (var tool in tools)
        {
            var result = await _rig.RunAsync(_rig.Job($$"""{"name": "t", "each": {{items}}, "do": {{tool}} }"""));
            Assert.Equal((AttemptEnd.Succeeded, item), (result.End, CellRig.Text(result)));
        }

        Assert.False(File.Exists(Path.Combine(_rig.Folder, "pwned")));
    }

    [Theory(Timeout = 120_000)]
    [InlineData("echo out; echo why >&2; exit 3", "exit 3: why")]
    [InlineData("exit 1", "exit 1")]
    [InlineData("kill -SEGV $$", "signal SEGV (11)")]
    [InlineData("echo so >&2; kill -9 $$", "signal KILL (9): so")]
    [InlineData("sh -c 'kill -SEGV $$' 2>/dev/null; exit $?", "exit 139")]
    public async Task A_program_that_fails_says_how_and_why(string text, string error)
    {
        var result = await _rig.RunAsync(_rig.Sh(text));
        Assert.Equal((AttemptEnd.Failed, error), (result.End, result.Error));
    }

    [Fact(Timeout = 120_000)]
    public async Task Only_the_end_of_what_it_complained_is_kept()
    {
        var job = _rig.Sh("i=0; while [ $i -lt 3000 ]; do echo complaint $i >&2; i=$((i+1)); done; exit 1");
        var result = await _rig.RunAsync(job);
        Assert.StartsWith("exit 1: …", result.Error, StringComparison.Ordinal);
        Assert.EndsWith("complaint 2999", result.Error, StringComparison.Ordinal);
        Assert.InRange(result.Error!.Length, 3000, 4200);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("no-such-program-anywhere", "program not found: no-such-program-anywhere is in no folder of PATH")]
    [InlineData("./none", "program not found: ./none is not an executable file in ")]
    public async Task A_missing_program_is_hopeless(string program, string error)
    {
        var job = _rig.Job($$"""{"name": "t", "each": ["x"], "do": {"run": ["{{program}}"] } }""");
        var result = await _rig.RunAsync(job);
        Assert.Equal(AttemptEnd.Hopeless, result.End);
        Assert.StartsWith(error, result.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Arguments_that_no_program_can_be_given_are_hopeless()
    {
        var item = new TextItem(new string('x', 200_000)).Json;
        foreach (var tool in new[] { """{"run": ["echo", "{item}"]}""", """{"sh": "echo \"$AMOEBA_ITEM\""}""" })
        {
            var result = await _rig.RunAsync(_rig.Job($$"""{"name": "t", "each": [{{item}}], "do": {{tool}} }"""));
            Assert.Equal(AttemptEnd.Hopeless, result.End);
            Assert.StartsWith("too long: ", result.Error, StringComparison.Ordinal);
        }

        var unread = _rig.Job($$"""{"name": "t", "each": [{{item}}], "do": {"run": ["echo", "fine"] } }""");
        Assert.Equal("fine\n", CellRig.Text(await _rig.RunAsync(unread)));
    }

    [Fact(Timeout = 120_000)]
    public async Task It_works_in_the_jobs_folder_with_nothing_to_read()
    {
        var result = await _rig.RunAsync(_rig.Sh("pwd; cat; readlink /proc/self/fd/0; ls /proc/self/fd | wc -l"));
        Assert.Equal($"{_rig.Folder}\n/dev/null\n4\n", CellRig.Text(result));
    }

    [Fact(Timeout = 120_000)]
    public async Task Its_environment_is_exactly_what_is_promised()
    {
        _rig.Environment["LISTED"] = "listed-value";
        _rig.Environment["LC_TIME"] = "C";
        _rig.Inherit.AddRange(["LISTED", "NOT_SET"]);
        var job = _rig.Job("""
            {"name": "t", "branch": "side", "vars": {"mood-x": "good"},
             "env": {"EXTRA": "{item.name}!", "HOME": "/plan"},
             "each": [{"name": "ann", "full name": "Ann B"}], "do": {"run": ["env", "-0"]}}
            """);
        var result = await _rig.RunAsync(job);

        var seen = CellRig.Text(result).TrimEnd('\0').Split('\0').Order(StringComparer.Ordinal);
        string[] promised =
            [
                .. Marks(result.Order), "AMOEBA_BRANCH=side",
                "AMOEBA_CHILD_ID=c-1", "AMOEBA_INDEX=0", "AMOEBA_IS_CHILD=1",
                """AMOEBA_ITEM={"name":"ann","full name":"Ann B"}""", "AMOEBA_ITEM_FULL_NAME=Ann B",
                "AMOEBA_ITEM_NAME=ann",
                "AMOEBA_PARENT_ID=parent-1", $"AMOEBA_TASK_ID={job}/each/0", "AMOEBA_VAR_MOOD_X=good",
                "EXTRA=ann!", "HOME=/plan", "LANG=C.UTF-8", "LC_TIME=C", "LISTED=***",
                "PATH=/usr/local/bin:/usr/bin:/bin",
            ];
        Assert.Equal(promised.Order(StringComparer.Ordinal), seen);
    }

    [Fact(Timeout = 120_000)]
    public async Task Inherited_secrets_appear_nowhere()
    {
        _rig.Environment["API_KEY"] = "correct-horse-battery";
        _rig.Inherit.Add("API_KEY");
        var result = await _rig.RunAsync(_rig.Sh(
            "printf correct-hor; printf 'se-battery\\n'; printf %s $API_KEY | base64; echo bad $API_KEY >&2; exit 1"));

        Assert.Equal("exit 1: bad ***", result.Error);
        Assert.StartsWith("***\n", CellRig.Text(result), StringComparison.Ordinal);
        Assert.DoesNotContain("Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5", CellRig.Text(result), StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task Of_a_secret_that_lies_across_the_cut_of_a_long_complaint_nothing_is_told()
    {
        _rig.Environment["API_KEY"] = "correct-horse-battery";
        _rig.Inherit.Add("API_KEY");
        var result = await _rig.RunAsync(_rig.Sh(
            "{ printf %s \"$API_KEY\"; head -c 4085 /dev/zero | tr '\\0' x; } >&2; exit 1"));

        Assert.Equal($"exit 1: …{new string('x', 4085)}", result.Error);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_flood_of_output_ends_it_and_is_kept_up_to_the_limit()
    {
        var result = await _rig.RunAsync(_rig.Sh("yes", """{"output": "1MB"}"""));

        Assert.Equal(AttemptEnd.OverLimit, result.End);
        Assert.StartsWith("output: it wrote more than 1 MB (limits.output)", result.Error, StringComparison.Ordinal);
        Assert.Equal(1 << 20, result.Output.Length);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_hog_of_memory_is_ended()
    {
        // It holds what it took until it is ended, however late that is looked at.
        const string Hog = "{ head -c 900000000 /dev/zero; sleep 300; } | tail -c 800000000 | wc -c";
        var result = await _rig.RunAsync(_rig.Sh(Hog, """{"memory": "100MB"}"""));

        Assert.Equal(AttemptEnd.OverLimit, result.End);
        Assert.Matches(@"^memory: it used [\d.]+ MB .* over its limit of 100 MB \(limits.memory\)$", result.Error);
        Assert.True(result.Figures!.PeakMemory > 100 << 20);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_swarm_of_processes_is_ended()
    {
        const string Swarm = "i=0; while [ $i -lt 30 ]; do setsid sleep 300 & i=$((i+1)); done; wait";
        var result = await _rig.RunAsync(_rig.Sh(Swarm, """{"processes": 20}"""));

        Assert.Equal(AttemptEnd.OverLimit, result.End);
        Assert.Matches(@"^processes: it had \d+ .* over its limit of 20 \(limits.processes\)$", result.Error);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_grandchild_that_holds_the_pipe_does_not_hold_the_task_and_is_ended()
    {
        var result = await _rig.RunAsync(_rig.Sh("sleep 300 & echo $!; setsid sleep 300 & echo $!"));

        Assert.Equal(AttemptEnd.Succeeded, result.End);
        Assert.All(CellRig.Text(result).Split('\n', StringSplitOptions.RemoveEmptyEntries),
            pid => Assert.False(IsAlive(int.Parse(pid, provider: null))));
    }

    [Fact(Timeout = 120_000)]
    public async Task Stopping_ends_the_whole_tree_with_what_left_its_session()
    {
        var started = _rig.Signal("started");
        var job = _rig.Sh("""
            sleep 300 & a=$!
            (setsid sh -c 'echo $$ > left; exec sleep 300' &)
            echo $a $(cat left) > started
            sleep 300
            """);
        _rig.Signal("left");
        var child = await _rig.ChildAsync(job);
        child.Start(_rig.Order(job));
        var pids = (await started.HeardAsync()).Split(' ').Select(pid => int.Parse(pid, provider: null)).ToArray();
        Assert.All(pids, pid => Assert.True(IsAlive(pid)));
        child.Stop(StopReason.Cancelled, Long);

        Assert.Equal(AttemptEnd.Stopped, (await _rig.Events.EndAsync()).End);
        Assert.All(pids, pid => Assert.False(IsAlive(pid)));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_program_may_tidy_up_when_it_is_asked_to_end()
    {
        var started = _rig.Signal("started");
        var job = _rig.Sh("trap 'touch tidied; exit 0' TERM; echo > started; while :; do sleep 0.05; done");
        var child = await _rig.ChildAsync(job);
        child.Start(_rig.Order(job));
        await started.HeardAsync();
        child.Stop(StopReason.Interrupted, Long);

        Assert.Equal(AttemptEnd.Stopped, (await _rig.Events.EndAsync()).End);
        Assert.True(File.Exists(Path.Combine(_rig.Folder, "tidied")));
    }

    [Fact(Timeout = 120_000)]
    public async Task One_that_will_not_end_is_ended_by_force()
    {
        var started = _rig.Signal("started");
        var job = _rig.Sh("trap '' TERM; echo $$ > started; while :; do sleep 0.05; done");
        var child = await _rig.ChildAsync(job);
        child.Start(_rig.Order(job));
        var pid = await started.PidAsync();
        child.Stop(StopReason.Timeout, Long);
        child.Stop(StopReason.Timeout, TimeSpan.Zero);

        Assert.Equal(AttemptEnd.TimedOut, (await _rig.Events.EndAsync()).End);
        Assert.False(IsAlive(pid));
    }

    [Fact(Timeout = 120_000)]
    public async Task Verify_runs_where_the_task_ran_and_decides()
    {
        const string Plan = """
            {"name": "t", "each": ["good", "bad"], "do": {"sh": "echo $AMOEBA_ITEM > made; echo made"},
             "verify": {"run": ["grep", "-q", "good", "made"]}}
            """;
        var job = _rig.Job(Plan);
        var good = await _rig.RunAsync(job, 0);
        Assert.Equal((AttemptEnd.Succeeded, "made\n"), (good.End, CellRig.Text(good)));

        var bad = await _rig.RunAsync(job, 1);
        Assert.Equal((AttemptEnd.Failed, "verify: exit 1"), (bad.End, bad.Error));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_fallback_takes_over_and_the_reason_is_kept()
    {
        var result = await _rig.RunAsync(_rig.Job(
            """
            {"name": "t", "each": ["x"],
             "do": [{"run": ["no-such-program"]}, {"sh": "echo half; exit 4"}, {"sh": "echo whole"}]}
            """));

        Assert.Equal((AttemptEnd.Succeeded, "whole\n"), (result.End, CellRig.Text(result)));
        Assert.StartsWith("sh (run fell: program not found: no-such", result.Figures!.Tool, StringComparison.Ordinal);
        Assert.EndsWith("sh fell: exit 4)", result.Figures.Tool, StringComparison.Ordinal);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_merge_that_runs_reads_all_results_from_its_input()
    {
        var job = _rig.Job("""{"name": "t", "each": ["b", "a"], "do": {"wait": 0}, "merge": {"run": ["sort"]}}""");
        _rig.Rows.Add(job, 0, "b");
        _rig.Rows.Add(job, 1, "a");

        Assert.Equal("a\nb\n", CellRig.Text(await _rig.RunAsync(job, 2)));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_batch_is_one_attempt_for_several_items()
    {
        var run = _rig.Job("""
            {"name": "t", "each": {"items": ["a", "b", "c"], "batch": 2},
             "do": {"run": ["printf", "%s|", "x", "{item}-{index}", "y"]}}
            """);
        Assert.Equal("x|a-0|b-1|y|", CellRig.Text(await _rig.RunAsync(run, 0, 2)));
        Assert.Equal("x|c-2|y|", CellRig.Text(await _rig.RunAsync(run, 2, 1)));

        var sh = _rig.Job("""
            {"name": "t", "each": {"items": ["a", "b"], "batch": 2}, "do": {"sh": "echo \"$AMOEBA_ITEM\""}}
            """);
        Assert.Equal("a\nb\n", CellRig.Text(await _rig.RunAsync(sh, 0, 2)));

        var wait = _rig.Job("""{"name": "t", "each": {"items": ["a", "b"], "batch": 2}, "do": {"wait": 0}}""");
        Assert.Equal("a\nb", CellRig.Text(await _rig.RunAsync(wait, 0, 2)));
    }
}
