using Amoeba.Engine.Ports;
using Amoeba.Stores.Memory;

namespace Amoeba.Tests.Conformance;

public sealed class MemoryStoreTests : StoreSuite
{
    private protected override IStore Open() => new MemoryStore();
}
