using System.Threading.Channels;
using Amoeba.Engine.Ports;

namespace Amoeba.Tests.Fakes;

/// <summary>What a child said, in the order it said it.</summary>
internal sealed class ChildEvents : IChildEvents
{
    private readonly Channel<object> _said = Channel.CreateUnbounded<object>();

    /// <summary>The process of the child that was ready last; null where it has none of its own.</summary>
    public int? Pid { get; private set; }

    public void Ready(string child, int? pid)
    {
        Pid = pid;
        _said.Writer.TryWrite($"ready {child}");
    }

    /// <summary>How the child was lost that was lost last.</summary>
    public ChildLoss? Loss { get; private set; }

    public void Failed(string child, ChildLoss loss)
    {
        Loss = loss;
        _said.Writer.TryWrite($"failed {child}: {loss.Reason}");
    }

    /// <summary>The attempt of which it was said last that it began.</summary>
    public AttemptOrder? BegunLast { get; private set; }

    public void Began(AttemptOrder order) => BegunLast = order;

    public void Ended(AttemptResult result) => _said.Writer.TryWrite(result);

    public void Waits(AttemptOrder order, string? what, DateTimeOffset? until) =>
        _said.Writer.TryWrite(what is null ? $"goes on {order.Child}" : $"waits {order.Child}: {what}");

    public void Warned(AttemptOrder order, string what) => _said.Writer.TryWrite($"warned {order.Child}: {what}");

    public void Gone(string child) => _said.Writer.TryWrite($"gone {child}");

    /// <summary>The next thing it says; waits for it.</summary>
    public async Task<object> NextAsync() => await _said.Reader.ReadAsync(TestContext.Current.CancellationToken);

    /// <summary>The end of its attempt, which it may have been warned before.</summary>
    public async Task<AttemptResult> EndAsync()
    {
        var said = await NextAsync();
        while (said is string word && word.StartsWith("warned ", StringComparison.Ordinal)) said = await NextAsync();
        return said as AttemptResult ?? throw Xunit.Sdk.FailException.ForFailure($"It said: {said}");
    }

    /// <summary>What it said that nobody asked for yet.</summary>
    public object? Unheard() => _said.Reader.TryRead(out var said) ? said : null;
}
