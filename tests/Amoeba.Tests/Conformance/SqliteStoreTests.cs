using Amoeba.Engine.Ports;
using Amoeba.Stores.Sqlite;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Conformance;

public sealed class SqliteStoreTests : StoreSuite
{
    private readonly TempFolder _folder = new();

    private protected override IStore Open() => SqliteStore.Open(_folder["amoeba.db"]);

    public override void Dispose()
    {
        base.Dispose();
        _folder.Dispose();
    }
}
