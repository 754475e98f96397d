using System.Text;
using Amoeba.Cells;
using Amoeba.Engine.Ports;
using Amoeba.Plans;
using Amoeba.Secrets;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Cells;

public sealed class AttemptRunnerTests : IDisposable
{
    private static readonly AttemptOrder Order = new("job", 3, 1, 2, "child");
    private static readonly ToolOutcome Done = new(AttemptEnd.Succeeded);

    private readonly ManualTime _time = new();
    private readonly InlineOutputs _outputs = new();
    private readonly List<StoreUnusableException> _unusable = [];

    [Fact]
    public async Task What_the_tool_wrote_is_the_output()
    {
        var result = await RunAsync(new WorkBinder(new Call("a")), new ScriptedTool("a", Done, "hello"));

        Assert.Equal((AttemptEnd.Succeeded, null, "hello"), (result.End, result.Error, Text(result)));
        Assert.Equal((Order, 5), (result.Order, result.Figures!.OutputBytes));
        Assert.Equal(0, _outputs.Open());
    }

    [Fact]
    public async Task A_chain_falls_through_and_keeps_why()
    {
        var result = await RunAsync(
            new WorkBinder(new Call("a"), new Call("b"), new Call("c")),
            new ScriptedTool("a", new ToolOutcome(AttemptEnd.Failed, "exit 1"), "wrong"),
            new ScriptedTool("b", new ToolOutcome(AttemptEnd.Hopeless, "program not found: b")),
            new ScriptedTool("c", Done, "right"));

        Assert.Equal((AttemptEnd.Succeeded, null, "right"), (result.End, result.Error, Text(result)));
        Assert.Equal("c (a fell: exit 1; b fell: program not found: b)", result.Figures!.Tool);
        Assert.Equal(0, _outputs.Open());
    }

    [Theory]
    [InlineData(AttemptEnd.Hopeless, AttemptEnd.Hopeless, AttemptEnd.Hopeless)]
    [InlineData(AttemptEnd.Hopeless, AttemptEnd.Failed, AttemptEnd.Failed)]
    [InlineData(AttemptEnd.Failed, AttemptEnd.Hopeless, AttemptEnd.Failed)]
    internal async Task A_chain_is_hopeless_only_where_every_tool_is(
        AttemptEnd first, AttemptEnd second, AttemptEnd all)
    {
        var result = await RunAsync(
            new WorkBinder(new Call("a"), new Call("b")),
            new ScriptedTool("a", new ToolOutcome(first, "why a")),
            new ScriptedTool("b", new ToolOutcome(second, "why b")));

        Assert.Equal((all, "why b\nbefore it, a fell: why a"), (result.End, result.Error));
    }

    [Fact]
    public async Task A_breach_of_a_limit_is_no_fall()
    {
        var result = await RunAsync(
            new WorkBinder(new Call("a"), new Call("b")),
            new ScriptedTool("a", new ToolOutcome(AttemptEnd.OverLimit, "memory: too much")),
            new ScriptedTool("b", Done));

        Assert.Equal((AttemptEnd.OverLimit, "memory: too much"), (result.End, result.Error));
    }

    [Fact]
    public async Task A_missing_tool_falls_to_the_next()
    {
        var result = await RunAsync(new WorkBinder(new Call("none"), new Call("b")), new ScriptedTool("b", Done));

        Assert.Equal(AttemptEnd.Succeeded, result.End);
        Assert.StartsWith("b (none fell: tool not found", result.Figures!.Tool, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_decides_and_its_output_is_not_the_tasks()
    {
        var binder = new WorkBinder(new Call("a")) { Verify = new Call("check") };
        var tool = new ScriptedTool("a", Done, "work");

        var good = await RunAsync(binder, tool, new ScriptedTool("check", Done, "checked"));
        Assert.Equal((AttemptEnd.Succeeded, "work"), (good.End, Text(good)));

        var red = new ScriptedTool("check", new ToolOutcome(AttemptEnd.Failed, "exit 1: red"));
        var bad = await RunAsync(binder, tool, red);
        Assert.Equal((AttemptEnd.Failed, "verify: exit 1: red", "work"), (bad.End, bad.Error, Text(bad)));
    }

    [Fact]
    public async Task A_failed_task_is_not_verified()
    {
        var result = await RunAsync(
            new WorkBinder(new Call("a")) { Verify = new Call("check") },
            new ScriptedTool("a", new ToolOutcome(AttemptEnd.Failed, "exit 1")),
            new ScriptedTool("check", (_, _) => throw new InvalidOperationException("verified")));

        Assert.Equal("exit 1", result.Error);
    }

    [Fact]
    public async Task An_exception_is_a_failure_with_type_and_message_alone()
    {
        var result = await RunAsync(
            new WorkBinder(new Call("a")),
            new ScriptedTool("a", (_, _) => throw new InvalidOperationException("no luck")));

        Assert.Equal((AttemptEnd.Failed, "InvalidOperationException: no luck"), (result.End, result.Error));
    }

    [Fact]
    public async Task What_cannot_be_bound_is_hopeless()
    {
        var missing = await RunAsync(new WorkBinder { Problem = new PlanException("there is no {item.name}") });
        Assert.Equal((AttemptEnd.Hopeless, "there is no {item.name}"), (missing.End, missing.Error));

        var damaged = await RunAsync(new WorkBinder { Problem = new OutputDamagedException("gone") });
        Assert.Equal((AttemptEnd.Hopeless, "gone"), (damaged.End, damaged.Error));
    }

    [Fact]
    public async Task Over_the_output_limit_the_attempt_ends_and_keeps_what_fits()
    {
        var limits = LimitSpec.Default with { Output = 2048 };
        var result = await RunAsync(
            new WorkBinder(new Call("a"), new Call("b")) { Limits = limits },
            new ScriptedTool("a", Done, new string('x', 5000)),
            new ScriptedTool("b", Done));

        Assert.Equal(AttemptEnd.OverLimit, result.End);
        Assert.StartsWith("output: it wrote more than 2 KB (limits.output)", result.Error, StringComparison.Ordinal);
        Assert.Equal(2048, Text(result).Length);
    }

    [Fact]
    public async Task An_output_that_cannot_be_written_is_told_and_says_nothing_about_the_task()
    {
        _outputs.Fault = new IOException("No space left on device");
        var result = await RunAsync(new WorkBinder(new Call("a"), new Call("b")), new ScriptedTool("a", Done, "x"));

        Assert.Equal(AttemptEnd.Stopped, result.End);
        Assert.Contains("No space left on device", Assert.Single(_unusable).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_are_masked_in_output_and_in_errors_wherever_they_are_cut()
    {
        const string Secret = "correct-horse-battery";
        var binder = new WorkBinder(new Call("a"), new Call("b")) { Masker = new SecretMasker([Secret]) };
        var result = await RunAsync(
            binder,
            new ScriptedTool("a", new ToolOutcome(AttemptEnd.Failed, $"exit 1: no {Secret}")),
            new ScriptedTool("b", (run, _) =>
            {
                run.Output.Write(Encoding.UTF8.GetBytes($"<{Secret[..5]}"));
                run.Output.Write(Encoding.UTF8.GetBytes($"{Secret[5..]}> corr"));
                return new(new ToolOutcome(AttemptEnd.Failed, $"exit 2: {Secret}"));
            }));

        Assert.Equal("<***> corr", Text(result));
        Assert.Equal("exit 2: ***\nbefore it, a fell: exit 1: no ***", result.Error);
        Assert.Equal("b (a fell: exit 1: no ***)", result.Figures!.Tool);
    }

    [Theory]
    [InlineData("exit 1: no …-battery: left", 12, false, "exit 1: no …: left")]
    [InlineData("exit 1: no …-battery: correct-", 12, true, "exit 1: no …: …")]
    [InlineData("exit 1: correct-horse-battery correct-", null, true, "exit 1: *** …")]
    [InlineData("exit 1: -battery", null, false, "exit 1: -battery")]
    [InlineData("exit 1: all", 100, true, "exit 1: all…")]
    public async Task Of_a_secret_that_was_cut_with_an_error_no_part_is_told(
        string error, int? cutBefore, bool isCutShort, string told)
    {
        var outcome = new ToolOutcome(AttemptEnd.Failed, error) { CutBefore = cutBefore, IsCutShort = isCutShort };
        var masker = new SecretMasker(["correct-horse-battery"]);
        var plain = await RunAsync(new WorkBinder(new Call("a")) { Masker = masker }, new ScriptedTool("a", outcome));
        Assert.Equal(told, plain.Error);

        var chained = await RunAsync(
            new WorkBinder(new Call("a"), new Call("b")) { Masker = masker },
            new ScriptedTool("a", outcome), new ScriptedTool("b", outcome));
        Assert.Equal($"{told}\nbefore it, a fell: {told}", chained.Error);
    }

    [Fact]
    public async Task What_it_cost_is_measured_and_added_up()
    {
        var binder = new WorkBinder(new Call("a")) { Verify = new Call("check") };
        var ordered = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(1));
        var result = await Runner(binder, Costing("a", 10, 0.5), Costing("check", 7, 0.25))
            .Make(Order, ordered, new AttemptStop(_time), NoAttemptWaits.Instance, NoAttemptWatch.Instance).RunAsync();

        var figures = result.Figures!;
        Assert.Equal((1, 4, 0), (figures.Spawn, figures.Execution, figures.Teardown));
        Assert.Equal((10, 0.75), (figures.PeakMemory, figures.CpuSeconds));
        Assert.Null(figures.Tool);
    }

    [Fact]
    public async Task One_that_was_stopped_before_it_began_does_nothing()
    {
        var stop = new AttemptStop(_time);
        stop.Ask(StopReason.Cancelled, TimeSpan.Zero, () => { });
        var binder = new WorkBinder { Problem = new InvalidOperationException("bound") };
        var result = await Runner(binder)
            .Make(Order, 0, stop, NoAttemptWaits.Instance, NoAttemptWatch.Instance).RunAsync();

        Assert.Equal(AttemptEnd.Stopped, result.End);
    }

    [Fact]
    public async Task A_stopped_tool_does_not_fall_to_the_next()
    {
        var stop = new AttemptStop(_time);
        var result = await Runner(
            new WorkBinder(new Call("a"), new Call("b")),
            new ScriptedTool("a", (_, _) =>
            {
                stop.Ask(StopReason.Timeout, TimeSpan.FromSeconds(5), () => { });
                return new(new ToolOutcome(AttemptEnd.Failed, "signal TERM (15)"));
            }),
            new ScriptedTool("b", Done))
            .Make(Order, 0, stop, NoAttemptWaits.Instance, NoAttemptWatch.Instance).RunAsync();

        Assert.Equal(AttemptEnd.TimedOut, result.End);
        Assert.Equal("timeout: it ran longer than 5 m (limits.timeout)", result.Error);
    }

    public void Dispose() => _time.Dispose();

    private static string Text(AttemptResult result) => InlineOutputs.TextOf(result.Output);

    private ScriptedTool Costing(string name, long memory, double cpu) => new(name, (_, _) =>
    {
        _time.Advance(TimeSpan.FromSeconds(2));
        return new(Done with { PeakMemory = memory, CpuSeconds = cpu });
    });

    private AttemptRunner Runner(WorkBinder binder, params ITool[] tools) =>
        new(tools, binder, _outputs, _time, _unusable.Add);

    private async Task<AttemptResult> RunAsync(WorkBinder binder, params ITool[] tools) =>
        await Runner(binder, tools).Make(Order, _time.GetTimestamp(),
            new AttemptStop(_time), NoAttemptWaits.Instance, NoAttemptWatch.Instance).RunAsync();
}
