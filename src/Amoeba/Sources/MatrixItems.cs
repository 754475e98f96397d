using Amoeba.Plans;

namespace Amoeba.Sources;

/// <summary>The last axis turns fastest.</summary>
internal sealed class MatrixItems(MatrixEach matrix) : IItems
{
    public long Count { get; } = matrix.Axes.Aggregate(1L, (count, axis) => count * axis.Value.Count);

    public Item Read(long index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        var fields = new KeyValuePair<string, string>[matrix.Axes.Count];
        for (var axis = fields.Length - 1; axis >= 0; axis--)
        {
            var (name, values) = matrix.Axes[axis];
            fields[axis] = KeyValuePair.Create(name, values[(int)(index % values.Count)]);
            index /= values.Count;
        }

        return ObjectItem.OfTexts(fields);
    }
}
