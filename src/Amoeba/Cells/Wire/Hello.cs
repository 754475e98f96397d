namespace Amoeba.Cells.Wire;

/// <summary>The first that a worker says.</summary>
/// <param name="Version">Of the protocol; of another than ours nothing further can be read.</param>
/// <param name="Tools">Names of the tools that it has.</param>
internal sealed record Hello(int Version, IReadOnlyList<string> Tools)
{
    public ReadOnlyMemory<byte> Frame() =>
        new WireWriter(FrameKind.Hello).Add((int)Protocol.Mark).Add(Version).Add(Tools).Frame();

    /// <exception cref="InvalidDataException">It is no hello.</exception>
    public static Hello Read(ReadOnlySpan<byte> content)
    {
        var from = new WireReader(content);
        if ((uint)from.Int() != Protocol.Mark) throw new InvalidDataException("it does not begin with a hello");
        var version = from.Int();
        return new Hello(version, version == Protocol.Version ? from.Texts() : []);
    }
}
