namespace Amoeba.Sources;

/// <summary>The items that one result yielded.</summary>
/// <param name="Source">Ordinal of the task whose result it is.</param>
/// <param name="First">Number of its first item among the stage's.</param>
/// <param name="Count">How many; 0 where the result held none.</param>
internal readonly record struct FlowChunk(int Source, int First, int Count);
