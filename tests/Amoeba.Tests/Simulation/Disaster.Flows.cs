using Amoeba.Engine;
using Amoeba.Jobs;

namespace Amoeba.Tests.Simulation;

/// <summary>
/// What has flowed from one stage's results into another: on the disk, so that it outlives every parent.
/// </summary>
internal sealed partial class Disaster
{
    private readonly Dictionary<(string Job, int Stage), SimulatedFlow> _flows = [];

    /// <summary>A result's items reach the disk after a while, and then, unless the parent died, the engine.</summary>
    private void Yield(SimulatedParent parent, YieldItems asked) => _timeline.Plan(Span(2), () =>
    {
        if (!parent.IsAlive)
        {
            return;
        }

        if (_store.FindTask(asked.Job, asked.Source) is not { State: TaskState.Succeeded })
        {
            throw new InvariantBrokenException($"{asked} speaks of a result that is not recorded");
        }

        var flow = FlowOf(asked.Job, asked.Stage);
        var stage = _jobs[asked.Job].Stages[asked.Stage];
        if (!flow.Chunks.TryGetValue(asked.Source, out var groups))
        {
            groups = [.. Enumerable.Range(0, _random.Next(4)).Select(_ => _random.Next(3))];
            flow.Chunks.Add(asked.Source, groups);
            flow.Groups.AddRange(groups);
        }

        var said = new ItemsYielded(asked.Job, asked.Stage, asked.Source, groups.Length, stage.IsGrouped ? groups : []);
        Post(parent, said);
        if (Fault(0.1))
        {
            Post(parent, said);
        }
    });

    private List<StageFlow> FlowsOf(string id) =>
    [
        .. from pair in _flows
           where pair.Key.Job == id
           let isGrouped = _jobs[id].Stages[pair.Key.Stage].IsGrouped
           select new StageFlow(pair.Key.Stage, pair.Value.Groups.Count, isGrouped ? [.. pair.Value.Groups] : [],
               pair.Value.Chunks.Keys.ToHashSet()),
    ];

    private SimulatedFlow FlowOf(string job, int stage)
    {
        if (!_flows.TryGetValue((job, stage), out var flow))
        {
            _flows.Add((job, stage), flow = new SimulatedFlow());
        }

        return flow;
    }
}

/// <summary>Items by source, and of all of them in the order they came the group.</summary>
internal sealed class SimulatedFlow
{
    public Dictionary<int, int[]> Chunks { get; } = [];

    public List<int> Groups { get; } = [];
}
