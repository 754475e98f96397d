using System.Text.Json.Serialization;
using Amoeba.Cells;
using Amoeba.Engine.Ports;
using Amoeba.Plans;
using Amoeba.Tests.Fakes;
using Amoeba.Tools.Delegate;

namespace Amoeba.Tests.Tools;

public sealed partial class DelegateToolTests
{
    private readonly DelegateRegistry _registry = new();
    private readonly InlineOutputs _outputs = new();

    [Fact]
    public async Task A_delegate_sees_its_task_and_gives_the_output()
    {
        DelegateContext? seen = null;
        _registry.Add("work", (context, _) =>
        {
            seen = context;
            return new(DelegateResult.Text("text"));
        });
        var result = await RunAsync(new TextItem("a"), ObjectItem.OfTexts([KeyValuePair.Create("n", "b")]));

        Assert.Equal((AttemptEnd.Succeeded, "text"), (result.End, InlineOutputs.TextOf(result.Output)));
        Assert.Equal(("job", 4, 0), (seen!.Job, seen.Attempt, seen.Index));
        Assert.Equal([new DelegateItem("a", "\"a\""), new DelegateItem("""{"n":"b"}""", """{"n":"b"}""")], seen.Items);
    }

    [Fact]
    public async Task A_value_is_kept_as_json_and_nothing_as_no_output()
    {
        _registry.Add("work", (_, _) => new(DelegateResult.Json([1, 2], Numbers.Default.Int32Array)));
        Assert.Equal("[1,2]", InlineOutputs.TextOf((await RunAsync()).Output));
        _registry.Remove("work");

        _registry.Add("work", (_, _) => new(DelegateResult.None));
        Assert.Equal(0, (await RunAsync()).Output.Length);
    }

    [Fact]
    public async Task An_exception_is_a_failure_whether_thrown_at_once_or_later()
    {
        _registry.Add("work", (_, _) => throw new ArithmeticException("at once"));
        var result = await RunAsync();
        Assert.Equal((AttemptEnd.Failed, "ArithmeticException: at once"), (result.End, result.Error));
        _registry.Remove("work");

        _registry.Add("work", async (_, cancel) =>
        {
            await Task.Yield();
            throw new OperationCanceledException("by itself");
        });
        result = await RunAsync();
        Assert.Equal((AttemptEnd.Failed, "OperationCanceledException: by itself"), (result.End, result.Error));
    }

    [Fact]
    public async Task One_that_nobody_registered_is_hopeless_and_a_name_is_given_once()
    {
        Assert.Equal(AttemptEnd.Hopeless, (await RunAsync()).End);
        _registry.Add("work", (_, _) => new(DelegateResult.None));
        Assert.Throws<ArgumentException>(() => _registry.Add("work", (_, _) => new(DelegateResult.None)));
    }

    private async Task<AttemptResult> RunAsync(params Item[] items)
    {
        var runner = new AttemptRunner(
            [new DelegateTool(_registry)], new WorkBinder(new BoundDelegate("work")) { Items = items },
            _outputs, TimeProvider.System, _ => { });
        var order = new AttemptOrder("job", 0, items.Length, 4, "c");
        return await runner.Make(order, 0, new AttemptStop(TimeProvider.System),
            NoAttemptWaits.Instance, NoAttemptWatch.Instance).RunAsync();
    }

    [JsonSerializable(typeof(int[]))]
    private sealed partial class Numbers : JsonSerializerContext;
}
