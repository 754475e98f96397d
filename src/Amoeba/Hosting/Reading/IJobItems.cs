using Amoeba.Plans;

namespace Amoeba.Hosting.Reading;

/// <summary>The stages of an accepted job and the items that were spooled for it.</summary>
internal interface IJobItems : IDisposable
{
    /// <summary>In plan order; the merge's own, where it has one, is last.</summary>
    IReadOnlyList<StageView> Stages { get; }

    /// <summary>
    /// Items of a stage by their place in it, in order; empty where the stage has none or they are gone.
    /// </summary>
    IEnumerable<Item> Read(StageView stage, int from, int count);
}
