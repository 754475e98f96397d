using Amoeba.Stores.Sqlite;

namespace Amoeba.Tests.Stores;

public sealed class SqliteErrorTests
{
    /// <summary>Whoever lacks room has perhaps no job yet: there may be nothing to resume.</summary>
    [Fact]
    public void Without_room_it_says_to_try_again_and_how_an_accepted_job_goes_on() =>
        Assert.Contains(
            "Free some space, then try again; `amoeba resume` goes on with a job that was accepted. Nothing of this",
            SqliteErrors.Of(13, "database or disk is full", "/nowhere/amoeba.db").Message, StringComparison.Ordinal);
}
