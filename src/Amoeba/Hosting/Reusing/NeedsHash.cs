using System.Buffers;
using Amoeba.Engine.Records;
using Amoeba.Outputs;

namespace Amoeba.Hosting.Reusing;

/// <summary>What a task's needs gave, as one number: the same for the same bytes in the same order.</summary>
internal sealed class NeedsHash
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>The results that follow are this need's.</summary>
    public void Begin(string need)
    {
        ReusableStage.Add(_bytes, -1);
        ReusableStage.Add(_bytes, need);
    }

    public void Add(OutputRef output) => Add(_bytes, output);

    internal static void Add(ArrayBufferWriter<byte> into, OutputRef output)
    {
        ReusableStage.Add(into, output.Length);
        var hash =
            output.Place is OutputPlace.Segment or OutputPlace.File ? output.Hash : XxHash64.Of(output.Inline.Span);
        ReusableStage.Add(into, (long)hash);
    }

    /// <summary>0 where there are no needs.</summary>
    public UInt128 Value => _bytes.WrittenCount == 0 ? 0 : ReusableStage.HashOf(_bytes.WrittenSpan);
}
