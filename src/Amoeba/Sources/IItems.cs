using Amoeba.Plans;

namespace Amoeba.Sources;

/// <summary>The items of one stage, by number. Safe from any thread; holds no items in memory.</summary>
internal interface IItems
{
    long Count { get; }

    /// <param name="index">From 0, below <see cref="Count"/>.</param>
    Item Read(long index);
}
