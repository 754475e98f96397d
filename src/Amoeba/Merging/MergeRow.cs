using Amoeba.Engine.Records;
using Amoeba.Plans;

namespace Amoeba.Merging;

/// <summary>One succeeded task's result, as a merge sees it.</summary>
/// <param name="Task">The id of its entry in the plan.</param>
/// <param name="Index">The item's number within that entry.</param>
/// <param name="Item">The item; null for a task without items.</param>
/// <param name="Output">Where its output is.</param>
internal readonly record struct MergeRow(string Task, int Index, Item? Item, OutputRef Output);
