using Amoeba.Plans;
using Amoeba.Sources;

namespace Amoeba.Tests.Fakes;

/// <summary>Items in memory.</summary>
internal sealed class ListItems(IReadOnlyList<Item> items) : IItems
{
    public long Count => items.Count;

    public Item Read(long index) => items[(int)index];
}
