using System.Collections.Frozen;
using Amoeba.Engine.Ports;

namespace Amoeba.Cells;

/// <summary>
/// Does attempts: binds the order to its work, tries the chain of tools, verifies, and says what came of it with what
/// it cost. Every cell that works in this process goes through it. Safe from any thread.
/// </summary>
internal sealed class AttemptRunner
{
    private readonly FrozenDictionary<string, ITool> _tools;
    private readonly Action<StoreUnusableException> _unusable;
    private readonly Func<ITool, ITool> _place = static tool => tool;

    /// <param name="tools">Every tool there is.</param>
    /// <param name="binder">Turns an order into work.</param>
    /// <param name="outputs">Where outputs go.</param>
    /// <param name="time">The clock.</param>
    /// <param name="unusable">
    /// Told before the attempt's end when outputs cannot be written (a full disk): the attempt then ends as
    /// <see cref="AttemptEnd.Stopped"/>, which says nothing about its task, and the parent should stop with exit 5.
    /// </param>
    public AttemptRunner(
        IEnumerable<ITool> tools,
        IAttemptBinder binder,
        IOutputs outputs,
        TimeProvider time,
        Action<StoreUnusableException> unusable)
    {
        _tools = tools.ToFrozenDictionary(tool => tool.Name, StringComparer.Ordinal);
        _unusable = unusable;
        Binder = binder;
        Outputs = outputs;
        Time = time;
    }

    private AttemptRunner(AttemptRunner other, Func<ITool, ITool> place)
    {
        (_tools, _unusable, _place) = (other._tools, other._unusable, place);
        (Binder, Outputs, Time) = (other.Binder, other.Outputs, other.Time);
    }

    internal IAttemptBinder Binder { get; }

    internal IOutputs Outputs { get; }

    internal TimeProvider Time { get; }

    /// <summary>One attempt, to be done to its end. That never throws: what goes wrong is in the result.</summary>
    /// <param name="order">Which attempt.</param>
    /// <param name="ordered">Timestamp of the order; what passes from there to the tool's start is its spawn.</param>
    /// <param name="stop">How its end is asked for.</param>
    /// <param name="waits">Hears what it waits for.</param>
    /// <param name="watch">Hears how it gets on.</param>
    public AttemptRun Make(
        AttemptOrder order, long ordered, AttemptStop stop, IAttemptWaits waits, IAttemptWatch watch) =>
        new(this, order, ordered, stop, waits, watch);

    /// <summary>
    /// As this one, with the task's own tools done elsewhere; what verifies stays here, where nothing it checks lives.
    /// </summary>
    internal AttemptRunner With(Func<ITool, ITool> place) => new(this, place);

    internal ITool? FindTool(string name) => FindCheck(name) is { } tool ? _place(tool) : null;

    /// <summary>A tool of this process.</summary>
    internal ITool? FindCheck(string name) => _tools.GetValueOrDefault(name);

    internal void TellUnusable(StoreUnusableException fault) => _unusable(fault);
}
