namespace Amoeba.Jobs;

/// <summary>The one owner of a child's transitions; drawn in docs/state-machines.md.</summary>
internal static class ChildLife
{
    public static bool May(ChildState from, ChildState to) => (from, to) switch
    {
        (ChildState.Gone, _) => false,
        (ChildState.Failed, ChildState.Destroying or ChildState.Gone) => true,
        (ChildState.Failed, _) => false,
        (ChildState.Destroying, ChildState.Gone) => true,
        (ChildState.Destroying, _) => false,
        (_, ChildState.Failed) => true,
        (ChildState.Spawning, ChildState.Ready or ChildState.Destroying) => true,
        (ChildState.Ready or ChildState.Idle, ChildState.Busy or ChildState.Destroying) => true,
        (ChildState.Busy, ChildState.Idle or ChildState.Draining or ChildState.Destroying) => true,
        (ChildState.Draining, ChildState.Destroying) => true,
        _ => false,
    };

    public static ChildState Move(ChildState from, ChildState to) => May(from, to)
        ? to
        : throw new InvalidOperationException($"A child cannot go from {Names.Of(from)} to {Names.Of(to)}.");
}
