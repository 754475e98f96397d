using Amoeba.Engine;
using Amoeba.Engine.Ports;

namespace Amoeba.Tests.Simulation;

/// <summary>Attempts that work, wait for a quota in between, and work on, end, or die as they wait.</summary>
internal sealed partial class Disaster
{
    /// <summary>
    /// Longer than any attempt may work, so that a clock that did not stand would end it; later short, so that nobody
    /// waits for ever for the one place that an attempt holds as it waits.
    /// </summary>
    private double LongestWait => FaultsOn ? 60 : 10;

    /// <summary>An attempt works for a while, after which it is done or has to wait.</summary>
    private void Work(SimulatedParent parent, SimulatedChild child, AttemptOrder order) =>
        Later(parent, child, Chance(0.1) ? Span(40) : Span(6), () =>
    {
        if (child.Run is null && Chance(0.2))
        {
            Wait(parent, child, order);
        }
        else
        {
            Finish(parent, child, order);
        }
    });

    private void Wait(SimulatedParent parent, SimulatedChild child, AttemptOrder order)
    {
        _invariants.Report.Waits++;
        child.Pause(_timeline.Now);
        SayWait(parent, order);
        if (Chance(0.3))
        {
            Later(parent, child, Span(LongestWait), () => SayWait(parent, order));
        }

        Later(parent, child, Span(LongestWait), () =>
        {
            if (Chance(0.2))
            {
                Finish(parent, child, order); // well or badly, and without a word that it waits no more
                return;
            }

            child.GoOn(_timeline.Now);
            Post(parent, new AttemptWaits(order, null, null, _timeline.Now));
            Work(parent, child, order);
        });
    }

    private void SayWait(SimulatedParent parent, AttemptOrder order) => Post(parent, new AttemptWaits(
        order, $"quota {_random.Next(3)}",
        Chance(0.5) ? _timeline.Moment.Wall + Span(LongestWait) : null, _timeline.Now));

    /// <summary>Unless the attempt is over by then.</summary>
    private void Later(SimulatedParent parent, SimulatedChild child, TimeSpan after, Action what)
    {
        var turn = child.Turn;
        _timeline.Plan(after, () =>
        {
            if (child.Turn == turn && (child.Run is not null || parent.Children.ContainsKey(child.Id)))
            {
                what();
            }
        });
    }
}
