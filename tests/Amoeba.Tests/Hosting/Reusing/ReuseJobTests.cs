using Amoeba.Engine.Records;
using Amoeba.Jobs;
using Eventually = Amoeba.Tests.Processes.Eventually;

namespace Amoeba.Tests.Hosting.Reusing;

/// <summary>Jobs that reuse what earlier ones gave, with real programs and files.</summary>
public sealed class ReuseJobTests : IAsyncLifetime
{
    private const string CountFiles = """
        { "name": "count", "merge": "lines", "tasks": [
            { "id": "count", "each": { "glob": "d/*.txt" }, "do": { "sh": "echo $AMOEBA_ITEM >> runs; wc -c < $AMOEBA_ITEM" } },
            { "id": "sum", "needs": ["count"], "do": { "sh": "echo sum >> runs; tr '\\n' + < $AMOEBA_INPUT" } } ] }
        """;

    private readonly ReuseWorld _world = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        for (var i = 1; i <= 4; i++) _world.Write($"d/{i}.txt", new string('x', i));
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    [Fact]
    public async Task Where_nothing_changed_nothing_runs_and_the_output_is_the_same()
    {
        var first = await _world.RunAsync(CountFiles);
        var second = await _world.RunAsync(CountFiles, changed: true);
        Assert.Equal(5, first.Runs.Length);
        Assert.Equal((JobState.Succeeded, 5, first.Output), (second.State, second.Reused, second.Output));
        Assert.Empty(second.Runs);
        var row = _world.Parent.Store.FindTask(second.Job, 2)!;
        Assert.Equal((first.Job, 0m, default(TokenCounts)),
            (row.Figures!.Reused, row.Figures.CostUsd, row.Figures.Tokens));
    }

    [Fact]
    public async Task Another_result_than_the_one_that_was_counted_on_is_asked_about_again()
    {
        const string Numbers = """
            { "name": "n", "children": 4, "each": { "file": "items.txt" }, "do": { "sh": "cat /proc/sys/kernel/random/uuid" } }
            """;
        _world.Write("items.txt", "a\n");
        await _world.RunAsync(Numbers);
        _world.Write("items.txt", "a\nb\nc\nd\ne\n");
        var waiting =
            (await _world.Parent.SubmitAsync(
                _world.Job(Numbers, changed: true) with { Autonomy = "manual" }, Cancel)).Job;
        Assert.Equal(JobState.AwaitingApproval, await _world.Parent.WhenSettledAsync(waiting, Cancel));
        var asked = _world.Parent.Store.FindApproval(waiting)!;
        Assert.Equal(asked, await AgainAsync());
        _world.Write("items.txt", "a\n");
        await _world.RunAsync(Numbers);
        Assert.NotEqual(asked.Hash, (await AgainAsync()).Hash);

        async Task<ApprovalRecord> AgainAsync()
        {
            await _world.StopAsync();
            await _world.Parent.TakeAsync(waiting, goOn: false, Cancel);
            return _world.Parent.Store.FindApproval(waiting)!;
        }
    }

    [Fact]
    public async Task Without_being_asked_everything_runs()
    {
        await _world.RunAsync(CountFiles);
        var second = await _world.RunAsync(CountFiles);
        Assert.Equal((0, 5), (second.Reused, second.Runs.Length));
    }

    [Fact]
    public async Task Only_the_file_that_changed_runs_and_what_needs_it()
    {
        await _world.RunAsync(CountFiles);
        _world.Write("d/2.txt", "longer");
        var second = await _world.RunAsync(CountFiles, changed: true);
        Assert.Equal(["d/2.txt", "sum"], second.Runs);
        Assert.Equal("1+6+3+4+", second.Output.TrimEnd().Split('\n')[^1]);
    }

    [Fact]
    public async Task What_follows_the_same_bytes_is_reused_although_what_it_needs_ran_again()
    {
        await _world.RunAsync(CountFiles);
        _world.Write("d/2.txt", "yy", minutesAgo: 2);
        var second = await _world.RunAsync(CountFiles, changed: true);
        Assert.Equal(["d/2.txt"], second.Runs);
        Assert.Equal(4, second.Reused);
    }

    [Fact]
    public async Task A_file_that_was_added_moves_the_others_and_does_not_run_them()
    {
        await _world.RunAsync(CountFiles);
        _world.Write("d/0.txt", "new");
        Assert.Equal(["d/0.txt", "sum"], (await _world.RunAsync(CountFiles, changed: true)).Runs);
    }

    [Fact]
    public async Task A_file_that_took_anothers_place_with_its_size_and_its_time_is_another()
    {
        await _world.RunAsync(CountFiles);
        _world.Write("d/new", "zz");
        File.Move(Path.Combine(_world.Folder, "d/new"), Path.Combine(_world.Folder, "d/2.txt"), overwrite: true);
        Assert.Equal(["d/2.txt"], (await _world.RunAsync(CountFiles, changed: true)).Runs);
    }

    [Fact]
    public async Task A_program_and_a_script_that_changed_run_everything()
    {
        const string Plan = """
            { "name": "n", "merge": "lines", "each": ["a", "b"], "do": { "run": ["./parse", "lib.sh", "{item}"] } }
            """;
        _world.Write("lib.sh", "echo lib");
        _world.Write("parse", "#!/bin/sh\necho $2 >> runs\n. ./$1");
        await _world.RunAsync(Plan);
        Assert.Empty((await _world.RunAsync(Plan, changed: true)).Runs);
        _world.Write("lib.sh", "echo other");
        Assert.Equal(["a", "b"], (await _world.RunAsync(Plan, changed: true)).Runs);
        _world.Write("parse", "#!/bin/sh\necho $2 >> runs\n. ./$1; echo more");
        var last = await _world.RunAsync(Plan, changed: true);
        Assert.Equal(["a", "b"], last.Runs);
        Assert.Equal("other\nmore\nother\nmore\n", last.Output);
    }

    [Theory]
    [InlineData("\"echo\", \"{item}\"", "\"echo\", \"-n\", \"{item}\"")]
    [InlineData("\"{vars.v}\"", "\"{vars.v}\"", "other")]
    public async Task A_plan_that_changed_runs(string before, string after, string value = "value")
    {
        static string Plan(string arguments, string v) =>
            $$"""{ "name": "n", "each": ["a"], "vars": { "v": "{{v}}" }, "do": { "run": ["env", "echo", {{arguments}}] } }""";
        await _world.RunAsync(Plan(before, "value"));
        Assert.Equal(1, (await _world.RunAsync(Plan(before, "value"), changed: true)).Reused);
        Assert.Equal(0, (await _world.RunAsync(Plan(after, value), changed: true)).Reused);
    }

    [Fact]
    public async Task Of_batches_the_one_with_a_changed_item_runs()
    {
        const string Plan = """
            { "name": "n", "merge": "lines", "each": { "glob": "d/*.txt", "batch": 2 }, "do": { "sh": "echo $AMOEBA_ITEM >> runs; cat $AMOEBA_ITEM" } }
            """;
        await _world.RunAsync(Plan);
        _world.Write("d/4.txt", "changed");
        var second = await _world.RunAsync(Plan, changed: true);
        Assert.Equal(["d/3.txt d/4.txt"], second.Runs);
        Assert.Equal(1, second.Reused);
    }

    [Fact]
    public async Task Items_that_flow_are_reused_by_what_they_are()
    {
        const string Plan = """
            { "name": "n", "merge": "lines", "tasks": [
                { "id": "list", "each": { "glob": "d/*.txt" }, "do": { "sh": "echo $AMOEBA_ITEM >> runs; sed 's/x/one\\n/g' $AMOEBA_ITEM" } },
                { "id": "work", "each": { "from": "list" }, "do": { "sh": "echo did $AMOEBA_ITEM >> runs; echo did $AMOEBA_ITEM" } } ] }
            """;
        var first = await _world.RunAsync(Plan);
        Assert.Equal(14, first.Runs.Length);
        _world.Write("d/2.txt", "two");
        var second = await _world.RunAsync(Plan, changed: true);
        Assert.Equal(["d/2.txt", "did two"], second.Runs);
        Assert.Equal("did one\ndid two\ndid one\ndid one\ndid one\ndid one\ndid one\ndid one\ndid one\n",
            second.Output);
    }

    [Fact]
    public async Task Files_that_flow_are_reused_until_they_change()
    {
        const string Plan = """
            { "name": "n", "merge": "lines", "tasks": [
                { "id": "list", "do": { "sh": "echo list >> runs; ls d/*.txt" } },
                { "id": "work", "each": { "from": "list" }, "do": { "run": ["sh", "-c", "echo $0 >> runs; wc -c < $0", "{item}"] } } ] }
            """;
        var first = await _world.RunAsync(Plan);
        Assert.Equal(["d/1.txt", "d/2.txt", "d/3.txt", "d/4.txt", "list"], first.Runs);
        Assert.Empty((await _world.RunAsync(Plan, changed: true)).Runs);
        _world.Write("d/3.txt", "changed");
        var third = await _world.RunAsync(Plan, changed: true);
        Assert.Equal(["d/3.txt"], third.Runs);
        Assert.Equal("1\n2\n7\n4\n", third.Output);
        Assert.Empty((await _world.RunAsync(Plan, changed: true)).Runs);
    }

    [Fact]
    public async Task A_merge_by_a_program_is_made_again_where_a_result_or_the_program_changed()
    {
        _world.Write("join.sh", "#!/bin/sh\necho merge >> runs; cat\n");
        const string Plan = """
            { "name": "n", "each": { "glob": "d/*.txt" }, "do": { "sh": "wc -c < $AMOEBA_ITEM" }, "merge": { "run": ["./join.sh"] } }
            """;
        var first = await _world.RunAsync(Plan);
        Assert.Equal(["merge"], first.Runs);
        var second = await _world.RunAsync(Plan, changed: true);
        Assert.Empty(second.Runs);
        Assert.Equal((first.Output, 4), (second.Output, second.Reused));
        _world.Write("d/3.txt", "changed");
        var third = await _world.RunAsync(Plan, changed: true);
        Assert.Equal(["merge"], third.Runs);
        Assert.Equal("1\n2\n7\n4\n", third.Output);
        _world.Write("join.sh", "#!/bin/sh\necho another >> runs; sort\n");
        Assert.Equal(["another"], (await _world.RunAsync(Plan, changed: true)).Runs);
    }

    [Fact]
    public async Task What_an_interrupted_job_got_done_is_reused()
    {
        // Held until it was stopped, by a file that the command does not name: that would be an input of it.
        const string Plan = """
            { "name": "n", "children": 2, "merge": "lines", "each": { "range": "1..12" }, "do": { "sh": "echo $AMOEBA_ITEM >> runs; until [ $AMOEBA_ITEM -le 4 ] || ls | grep -q ^let.go; do sleep 0.02; done; echo $AMOEBA_ITEM" } }
            """;
        var job = await _world.SubmitAsync(Plan);
        await Eventually.True(() => _world.Parent.Store.FindJob(job)!.Status.Counts.Succeeded >= 3);
        await _world.StopAsync();
        File.WriteAllText(Path.Combine(_world.Folder, "let_go"), "");
        _world.TakeRuns();
        var done = _world.Parent.Store.FindJob(job)!.Status.Counts.Succeeded;
        var second = await _world.RunAsync(Plan, changed: true);
        Assert.Equal((JobState.Succeeded, done, 12 - done), (second.State, second.Reused, second.Runs.Length));
        Assert.Equal(Enumerable.Range(1, 12).Sum(), second.Output.TrimEnd().Split('\n').Sum(int.Parse));
    }

    [Fact]
    public async Task What_failed_runs_again_and_what_succeeded_beside_it_does_not()
    {
        const string Plan = """
            { "name": "n", "merge": "lines", "limits": { "retries": 0 }, "each": ["a", "b", "c"],
              "do": { "sh": "echo $AMOEBA_ITEM >> runs; test $AMOEBA_ITEM != b || test -e ok" } }
            """;
        Assert.Equal(JobState.Failed, (await _world.RunAsync(Plan)).State);
        File.WriteAllText(Path.Combine(_world.Folder, "now"), "");
        var second = await _world.RunAsync(Plan, changed: true);
        Assert.Equal((JobState.Failed, 2), (second.State, second.Reused));
        Assert.Equal(["b"], second.Runs);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(20_000)]
    [InlineData(3_000_000)]
    public async Task A_reused_result_outlives_the_job_it_is_from(int bytes)
    {
        var plan =
            $$"""{ "name": "n", "merge": "concat", "each": ["a"], "do": { "run": ["head", "-c", "{{bytes}}", "/dev/zero"] } }""";
        var first = await _world.RunAsync(plan);
        var second = await _world.RunAsync(plan, changed: true);
        _world.Parent.Outputs.Delete(first.Job);
        Assert.Equal((1, bytes), (second.Reused, _world.Merged(second.Job).Length));
        Assert.Equal((1, bytes), await Again());

        async Task<(int, int)> Again()
        {
            // The first job's bytes are gone, the second's copy is there.
            var third = await _world.RunAsync(plan, changed: true);
            return (third.Reused, third.Output.Length);
        }
    }

    [Fact]
    public async Task A_result_whose_bytes_are_gone_is_made_again()
    {
        const string Plan =
            """{ "name": "n", "merge": "concat", "each": ["a"], "do": { "run": ["head", "-c", "20000", "/dev/zero"] } }""";
        var first = await _world.RunAsync(Plan);
        _world.Parent.Outputs.Delete(first.Job);
        var second = await _world.RunAsync(Plan, changed: true);
        Assert.Equal((JobState.Succeeded, 0, 20_000), (second.State, second.Reused, second.Output.Length));
    }

    [Fact]
    public async Task A_result_that_is_not_verified_any_more_is_made_again()
    {
        const string Plan = """
            { "name": "n", "each": ["a", "b"], "do": { "sh": "echo $AMOEBA_ITEM >> runs; touch made.$AMOEBA_ITEM" },
              "verify": { "sh": "test -e made.$AMOEBA_ITEM" } }
            """;
        await _world.RunAsync(Plan);
        File.Delete(Path.Combine(_world.Folder, "made.b"));
        Assert.Equal(["b"], (await _world.RunAsync(Plan, changed: true)).Runs);
    }

    [Fact]
    public async Task What_a_task_made_itself_is_no_change_of_what_it_was_given()
    {
        const string Plan =
            """{ "name": "n", "each": { "glob": "d/*.txt" }, "do": { "run": ["cp", "{item}", "{item}.copy"] } }""";
        await _world.RunAsync(Plan);
        Assert.Equal(4, (await _world.RunAsync(Plan, changed: true)).Reused);
        _world.Write("d/3.txt.copy", "somebody else's");
        Assert.Equal(3, (await _world.RunAsync(Plan, changed: true)).Reused);
    }

    [Theory]
    [InlineData("""{ "name": "n", "each": ["a"], "idempotent": false, "do": { "run": ["echo", "{item}"] } }""")]
    [InlineData("""{ "name": "n", "each": ["a"], "do": { "wait": 0 } }""")]
    [InlineData("""{ "name": "n", "each": ["d"], "do": { "run": ["ls", "{item}"] } }""")]
    public async Task Some_things_are_never_reused(string plan)
    {
        await _world.RunAsync(plan);
        Assert.Equal(0, (await _world.RunAsync(plan, changed: true)).Reused);
    }

    [Fact]
    public async Task Another_folder_and_another_name_and_type_have_nothing_to_give()
    {
        const string Plan = """{ "name": "NAME", "each": ["a"], "do": { "run": ["echo", "{item}"] } }""";
        await _world.RunAsync(Plan);
        Assert.Equal(0,
            (await _world.RunAsync(Plan.Replace("NAME", "other", StringComparison.Ordinal), changed: true)).Reused);
        var elsewhere = _world.Job(Plan, changed: true) with { Folder = _world.Home };
        var job = (await _world.Parent.SubmitAsync(elsewhere, Cancel)).Job;
        await _world.Parent.WhenSettledAsync(job, Cancel);
        Assert.Equal(0, _world.Parent.Store.FindJob(job)!.Status.Reused);
    }

    [Fact]
    public async Task The_decision_counts_only_what_will_run()
    {
        const string Plan = """
            { "name": "n", "tasks": [
                { "id": "work", "each": { "glob": "d/*.txt" }, "estimate": { "seconds": 10 }, "do": { "run": ["wc", "{item}"] } },
                { "id": "sum", "needs": ["work"], "estimate": { "seconds": 100 }, "do": { "sh": "cat $AMOEBA_INPUT" } } ] }
            """;
        await _world.RunAsync(Plan);
        var all = await _world.Parent.DecideAsync(_world.Job(Plan, changed: true), Cancel);
        _world.Write("d/1.txt", "changed");
        var one = await _world.Parent.DecideAsync(_world.Job(Plan, changed: true), Cancel);
        Assert.Equal(0, all.SequentialSeconds);
        Assert.Contains("5 of 5 tasks are reused", all.Reasons[0], StringComparison.Ordinal);
        Assert.Equal(110, one.SequentialSeconds, 1.0);
        Assert.Contains("3 of 5 tasks are reused", one.Reasons[0], StringComparison.Ordinal);
    }
}
