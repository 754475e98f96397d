using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Amoeba.Engine.Records;
using Amoeba.Plans;

namespace Amoeba.Hosting.Reusing;

/// <summary>
/// All results of a job as one number: the same for the same bytes of the same items in the same places.
/// </summary>
internal sealed class ResultsHash : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public ResultsHash(PlanSpec plan)
    {
        ReusableStage.Add(_bytes, "results of a merge");
        ReusableStage.Add(_bytes, plan.Merge?.Chat?.Context ?? -1);
    }

    /// <param name="task">The entry of the plan.</param>
    /// <param name="index">Where its first item stands among the task's.</param>
    /// <param name="item">That item; null without items.</param>
    /// <param name="output">What it gave.</param>
    public void Add(string task, int index, Item? item, OutputRef output)
    {
        ReusableStage.Add(_bytes, task);
        ReusableStage.Add(_bytes, index);
        ReusableStage.Add(_bytes, item?.Json);
        NeedsHash.Add(_bytes, output);
        _hash.AppendData(_bytes.WrittenSpan);
        _bytes.Clear();
    }

    public UInt128 Value
    {
        get
        {
            _hash.AppendData(_bytes.WrittenSpan);
            _bytes.Clear();
            return BinaryPrimitives.ReadUInt128LittleEndian(_hash.GetCurrentHash());
        }
    }

    public void Dispose() => _hash.Dispose();
}
