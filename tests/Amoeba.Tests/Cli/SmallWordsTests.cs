using Amoeba.Cli;
using Amoeba.Machine;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cli;

/// <summary>What commands say of small and odd things.</summary>
public sealed class SmallWordsTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_home_that_is_a_file_is_bad_input()
    {
        File.WriteAllText(_folder["file"], "");
        var run = await CliRun.InAsync(_folder.Path, "", "jobs", "--home", "file");
        Assert.Equal(2, run.Code);
        Assert.Equal($"amoeba: --home {_folder["file"]}: is a file; give a folder to keep the state in.\n", run.Error);
    }

    [Fact]
    public async Task A_home_that_cannot_be_written_is_read()
    {
        Assert.Equal(0, (await CliRun.InAsync(_folder.Path, "a\nb\n", "each", "-", "--", "echo", "{item}")).Code);
        using var view = SmallDisk.View(_folder["home"], at: _folder["view"]);
        Task<CliRun> Amoeba(params string[] words) =>
            CliRun.InAsync(_folder.Path, "", [.. words, "--home", _folder["view"]]);
        Assert.Contains("succeeded", (await Amoeba("jobs")).Out);
        Assert.Contains("2 succeeded", (await Amoeba("show", "last")).Out);
        Assert.Contains("each[1]", (await Amoeba("results", "last")).Out);
        var pause = await Amoeba("pause", "last");
        Assert.Equal(5, pause.Code);
        Assert.Contains("writable", pause.Error);
    }

    [Fact]
    public async Task A_broken_configuration_is_not_called_a_plan()
    {
        File.WriteAllText(_folder["amoeba.yaml"], "zones: off\0");
        var run = await CliRun.InAsync(_folder.Path, "", "config");
        Assert.Equal(2, run.Code);
        Assert.DoesNotContain("plan", run.Error);
    }

    [Theory]
    [InlineData("--children -5: expected a whole number from 1 up.", "run", "-", "--children", "-5")]
    [InlineData("--children 99999999999: expected a whole number from 1 up, "
        + "at most 2147483647.", "plan", "-", "--children", "99999999999")]
    [InlineData("--detached is --cell detached, and --cell process asks for another; "
        + "give one of them.", "run", "-", "--detached", "--cell", "process")]
    [InlineData("'amoeba child' has no --json: it prints a line to type; 'amoeba children --json' gives the children "
        + "as data.", "child", "--json")]
    [InlineData("--children 9..3: a range goes up and has at most 1000 numbers, "
        + "such as 1..16.", "simulate", "-", "--children", "9..3")]
    [InlineData("the plan's name is empty. Give a plan's file, or '-' for standard input.", "run", "")]
    [InlineData("a b [31m: there is no such file. Give a plan's file, or '-' for standard input.", "run", "a\nb\e[31m")]
    [InlineData("'amoeba each' needs PATTERN. Usage: amoeba each PATTERN... "
        + "[options] -- PROGRAM [ARGUMENT...]", "each")]
    [InlineData("--merge x: y: expected lines, concat, json, jsonl, csv.", "each", "*", "--merge", "x: y", "--", "cat")]
    [InlineData("there is no command 'frob'. 'amoeba --help' lists the commands.", "help", "frob")]
    public async Task What_is_wrong_is_said_of_what_was_typed(string message, params string[] arguments)
    {
        var run = await CliRun.InAsync(_folder.Path, """{ "each": ["a"], "do": { "wait": 0 } }""", arguments);
        Assert.Equal((2, $"amoeba: {message}\n"), (run.Code, run.Error));
    }

    [Fact]
    public async Task A_time_that_no_timer_knows_is_bad_input()
    {
        await RunAsync("""{ "each": ["a"], "do": { "wait": 0 } }""");
        var run = await CliRun.InAsync(_folder.Path, "", "wait", "last", "--timeout", "2000h");
        Assert.Equal((2, "amoeba: --timeout 2000h: expected a time such as 30s, 5m or 1h, at most 49 days.\n"),
            (run.Code, run.Error));
    }

    [Fact]
    public async Task One_task_is_not_many()
    {
        var run = await RunAsync("""{ "each": ["a"], "do": { "wait": 0 } }""");
        Assert.Equal(0, run.Code);
        Assert.Contains(": 1 task, one by one.", run.Error);
        Assert.Contains("done: 1 of 1 task in ", run.Error);
    }

    [Fact]
    public async Task What_was_refused_before_it_began_had_not_ended_and_nobody_praises_what_failed()
    {
        var asked = await CliRun.InAsync(
            _folder.Path, """{ "each": ["a", "b"], "do": { "wait": 0 } }""",
            "run", "-", "--children", "2", "--autonomy", "manual");
        Assert.Equal(3, asked.Code);
        Assert.Contains("cancelled: nothing had begun (refused by ada).",
            (await CliRun.InAsync(_folder.Path, "", "refuse", "last")).Error
            + (await CliRun.InAsync(_folder.Path, "", "show", "last")).Out);
        var failed = await RunAsync("""
            { "each": ["a", "b", "c"], "do": { "sh": "sleep 0.2; exit 1" }, "limits": { "retries": 0 }, "children": 3 }
            """);
        Assert.Contains("failed: 0 of 3 tasks in ", failed.Error);
        Assert.DoesNotContain("saved", failed.Error);
    }

    [Fact]
    public async Task Json_is_one_object_or_is_refused_with_what_to_ask_instead()
    {
        await RunAsync("""{ "each": ["a"], "do": { "sh": "echo hi" } }""");
        Assert.Contains("'amoeba results JOB --json'", await RefusedAsync("logs", "last", "--json"));
        Assert.Contains("has no --json", await RefusedAsync("completion", "bash", "--json"));
        Assert.Contains("--jsonl and --json", await RefusedAsync("results", "last", "--json", "--jsonl"));
        Assert.Contains("--jsonl and --merged", await RefusedAsync("results", "last", "--merged", "--jsonl"));
        var merged = await CliRun.InAsync(_folder.Path, "", "results", "last", "--merged", "--json");
        Assert.Contains("\"output\":\"", merged.Out);
        System.Text.Json.JsonDocument.Parse(merged.Out).Dispose();
        Assert.StartsWith("{\"version\":\"", (await CliRun.OfAsync("--version", "--json")).Out);

        async Task<string> RefusedAsync(params string[] arguments)
        {
            var run = await CliRun.InAsync(_folder.Path, "", arguments);
            Assert.Equal((2, ""), (run.Code, run.Out));
            return run.Error;
        }
    }

    [Fact]
    public async Task A_saved_plan_writes_over_no_file_unless_it_is_told_to()
    {
        File.WriteAllText(_folder["plan.yaml"], "mine");
        string[] words = ["each", "-", "-q", "--save", "plan.yaml"];
        var refused = await CliRun.InAsync(_folder.Path, "a\n", [.. words, "--", "echo"]);
        Assert.Equal((2, "mine"), (refused.Code, File.ReadAllText(_folder["plan.yaml"])));
        Assert.Contains("--force", refused.Error);
        Assert.Equal(0, (await CliRun.InAsync(_folder.Path, "a\n", [.. words, "--force", "--", "echo"])).Code);
        Assert.StartsWith("name:", File.ReadAllText(_folder["plan.yaml"]));
    }

    [Fact]
    public async Task A_plan_is_shown_and_played_without_the_key_that_a_run_needs()
    {
        File.WriteAllText(_folder["amoeba.yaml"], """
            models: { far: { kind: openai, url: "https://models.invalid/v1", key: "env:NO_SUCH_KEY", price: { input: 1, output: 1 } } }
            """);
        const string plan = """{ "each": ["a"], "do": { "chat": { "model": "far/m", "prompt": "{item}" } } }""";
        foreach (var command in (string[])["plan", "simulate"])
        {
            var run = await CliRun.InAsync(_folder.Path, plan, command, "-");
            Assert.Equal(0, run.Code);
            Assert.Contains("NO_SUCH_KEY", run.Error);
            Assert.Contains("nothing runs without it", run.Error);
        }

        Assert.Equal(5, (await CliRun.InAsync(_folder.Path, plan, "run", "-", "-y")).Code);
        var unnamed =
            await CliRun.InAsync(_folder.Path, plan.Replace("far/m", "far", StringComparison.Ordinal), "plan", "-");
        Assert.Contains("models.far.model", unnamed.Error);
        Assert.DoesNotContain("did you mean", unnamed.Error);
    }

    [Fact]
    public async Task A_name_without_effect_is_warned_of_by_run_and_plan()
    {
        const string plan = """{ "each": ["a"], "do": { "wait": 0 }, "skill": "code" }""";
        foreach (var command in (string[])["plan", "run", "simulate"])
        {
            var run = await CliRun.InAsync(_folder.Path, plan, command, "-");
            Assert.Equal(0, run.Code);
            Assert.Contains("amoeba: warning: -:1:48: skill: has no effect in this version: ", run.Error);
        }
    }

    [Fact]
    public async Task The_log_of_a_task_that_never_ran_says_so_and_why()
    {
        var run = await RunAsync("""
            { "tasks": [
              { "id": "bad", "do": { "run": ["false"] }, "limits": { "retries": 0 } },
              { "id": "after", "needs": ["bad"], "do": { "wait": 0 } } ] }
            """);
        Assert.Equal(1, run.Code);
        var log = await CliRun.InAsync(_folder.Path, "", "logs", "last", "after", "-f");
        Assert.Equal(0, log.Code);
        Assert.StartsWith("after: it never ran; skipped: ", log.Error);
        Assert.Contains("bad", log.Error);
    }

    [Fact]
    public async Task The_log_of_a_task_that_a_stopped_job_never_reached_says_so()
    {
        var run = await RunAsync("""
            { "each": ["a", "b", "c"], "do": { "run": ["false"] }, "limits": { "retries": 0 }, "on_failure": "stop", "children": 1 }
            """);
        Assert.Equal(1, run.Code);
        var log = await CliRun.InAsync(_folder.Path, "", "logs", "last", "2", "-f");
        Assert.Equal(0, log.Code);
        Assert.StartsWith("each[2]: it never ran; cancelled: ", log.Error);
    }

    [Fact]
    public async Task The_log_of_an_item_in_a_batch_is_that_of_its_batch()
    {
        var run =
            await RunAsync("""{ "each": ["a", "b", "c"], "batch": 3, "do": { "run": ["sh", "-c", "echo seen"] } }""");
        Assert.Equal(0, run.Code);
        Assert.Equal("seen\n", (await CliRun.InAsync(_folder.Path, "", "logs", "last", "1")).Out);
    }

    [Fact]
    public async Task Waiting_in_vain_ends_with_4_and_says_that_the_job_goes_on()
    {
        var running = RunAsync("""{ "each": ["a"], "do": { "wait": 60 } }""");
        CliRun waited;
        do
        {
            waited = await CliRun.InAsync(_folder.Path, "", "wait", "last", "--timeout", "20ms");
        }
        while (waited.Code == 2 && !running.IsCompleted); // there is no job yet

        Assert.Equal(4, waited.Code);
        Assert.EndsWith("has not settled in that time; it goes on.\n", waited.Error);
        Assert.Equal(0, (await CliRun.InAsync(_folder.Path, "", "cancel", "last")).Code);
        Assert.Equal(1, (await running).Code);
        Assert.Contains("with 4 where --timeout", (await CliRun.OfAsync("wait", "--help")).Out);
    }

    [Fact]
    public async Task A_cell_that_isolates_less_than_is_asked_is_refused_and_the_lightest_that_does_is_chosen()
    {
        var plan = """{ "name": "n", "each": ["x"], "do": { "sh": "echo hi" } }""";
        var refused =
            await CliRun.InAsync(_folder.Path, plan, "plan", "-", "--cell", "thread", "--isolation", "process");
        Assert.Equal(2, refused.Code);
        Assert.Contains(
            "cell thread does not isolate as far as isolation: process asks; leave the cell to auto, or use process.",
            refused.Error);
        var chosen = await CliRun.InAsync(_folder.Path, plan, "plan", "-", "--isolation", "process", "--json");
        Assert.Contains("\"cell\":\"process\"", chosen.Out);
        Assert.Contains(
            "Children live in process cells, the lightest kind that keeps them out of the parent", chosen.Out);
    }

    [Fact]
    public async Task Each_attempt_is_shown_with_what_it_cost_and_so_is_all_of_it()
    {
        var plan = """
            { "name": "n", "each": ["x"], "do": { "sh": "if [ -e once ]; then head -c 90 /dev/zero; else touch once; exit 3; fi" },
              "limits": { "output": 100 } }
            """;
        var run = await CliRun.InAsync(_folder.Path, plan, "run", "-", "--yes");
        Assert.Equal(0, run.Code);
        Assert.Contains("amoeba: warned: each on ", run.Error);
        var line = (await CliRun.InAsync(_folder.Path, "", "results", "last", "--jsonl")).Out;
        Assert.Contains("\"earlier\":[{\"attempt\":1,\"child\":", line);
        Assert.Contains("\"error\":\"exit 3\",\"figures\":{\"spawn_seconds\":", line);
        var attempts = (await CliRun.InAsync(_folder.Path, "", "show", "last", "0")).Out.Split('\n');
        Assert.StartsWith("ATTEMPT  CHILD", attempts[0]);
        Assert.EndsWith("exit 3", attempts[1]);
        Assert.EndsWith("succeeded", attempts[2]);
        Assert.StartsWith("{\"task\":\"each\"",
            (await CliRun.InAsync(_folder.Path, "", "show", "last", "0", "--json")).Out);
        var shown = (await CliRun.InAsync(_folder.Path, "", "show", "last")).Out;
        Assert.Contains("cost:     2 attempts: ", shown);
        Assert.Contains("overseer: warned: each on ", shown);
        var json = (await CliRun.InAsync(_folder.Path, "", "show", "last", "--json")).Out;
        Assert.Contains("\"used\":{\"attempts\":2,\"spawn_seconds\":", json);
        Assert.Contains("\"overseer\":[{\"at\":", json);
    }

    [Fact]
    public async Task Doctor_says_how_limits_are_enforced()
    {
        var run = await CliRun.InAsync(_folder.Path, "", "doctor", "--json");
        var at = run.Out.IndexOf("\"stall\"", StringComparison.Ordinal);
        Assert.Contains("\"ok\"", run.Out[at..(at + 60)]);
        Assert.Contains("\"cgroups\"", run.Out);
        Assert.Contains("by watching", run.Out);
    }

    [Fact]
    public void Whoever_asks_has_a_name_without_any_variable()
    {
        using var console = new CliConsole(Stream.Null, Stream.Null) { OpenInput = () => Stream.Null, Folder = "/" };
        Assert.Equal(Account.Name, console.User);
        Assert.NotEqual("", Account.Name);
        Assert.DoesNotContain("?", Account.Name);
    }

    private Task<CliRun> RunAsync(string plan) => CliRun.InAsync(_folder.Path, plan, "run", "-");
}
