using Amoeba.Stores.Sqlite;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Stores;

public sealed class OpenFilesTests
{
    /// <summary>Closing a second descriptor would drop the locks that tell other programs of the first.</summary>
    [Fact]
    public void A_store_that_is_open_here_is_never_opened_as_a_plain_file()
    {
        using var folder = new TempFolder();
        var path = folder["amoeba.db"];
        using (SqliteStore.Open(path))
        using (SqliteStore.OpenReadOnly(path))
            Assert.Equal("open", OpenFiles.Look(path, () => "looked", "open"));
        Assert.Equal("looked", OpenFiles.Look(path, () => "looked", "open"));
    }
}
