using Amoeba.Plans;

namespace Amoeba.Sources;

internal sealed class RangeItems(RangeEach range) : IItems
{
    public long Count => range.Count;

    public Item Read(long index) => new TextItem((range.First + index * range.Step).ToString(PlanUnits.Culture));
}
