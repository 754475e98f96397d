using Amoeba.Engine.Ports;

namespace Amoeba.Stores;

/// <summary>A store opened for reading alone, with what has to be closed after it.</summary>
internal sealed class StoreReading(IStoreReader reader) : IDisposable
{
    public IStoreReader Reader { get; } = reader;

    public void Dispose() => (Reader as IDisposable)?.Dispose();
}
