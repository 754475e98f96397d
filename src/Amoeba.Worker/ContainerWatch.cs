using Amoeba.Engine.Ports;

namespace Amoeba.Worker;

/// <summary>
/// Looks, during one call, whether its container met a line of the kernel's. What is left of the call then may wait for
/// ever, and is ended.
/// </summary>
internal sealed class ContainerWatch : IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    private readonly ContainerCare _care;
    private readonly Action _end;
    private readonly long _kills;
    private readonly long _refused;
    private readonly ITimer _timer;

    public ContainerWatch(ContainerCare care, Action end)
    {
        (_care, _end, _kills, _refused) = (care, end, care.Memory.Kills(), Refused(care));
        _timer = TimeProvider.System.CreateTimer(_ => Check(), null, Look, Look);
    }

    /// <summary>
    /// What came of the call, in the light of what the kernel did to it. What multiplies may use up the memory as well.
    /// </summary>
    public ToolOutcome Explain(in ToolOutcome outcome, AttemptWork work)
    {
        if (Refused(_care) != _refused) return _care.Tasks!.Explain(outcome, work.Limits.Processes);
        return _care.Memory.Kills() != _kills ? _care.Memory.Explain(outcome, work.Limits.Memory) : outcome;
    }

    public void Dispose() => _timer.Dispose();

    private void Check()
    {
        if (_care.Memory.Kills() != _kills || Refused(_care) != _refused) _end();
    }

    private static long Refused(ContainerCare care) => care.Tasks?.Refused() ?? 0;
}
