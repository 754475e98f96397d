using Amoeba.Hosting.Reading;
using Amoeba.Plans;

namespace Amoeba.Tests.Hosting.Reading;

/// <summary>Stages given by hand; the items of a stage are its id with their place.</summary>
internal sealed class FakeItems(params StageView[] stages) : IJobItems
{
    public IReadOnlyList<StageView> Stages => stages;

    public IEnumerable<Item> Read(StageView stage, int from, int count) =>
        Enumerable.Range(from, count).Select(n => new TextItem($"{stage.Id}-{n}"));

    public void Dispose()
    {
    }
}
