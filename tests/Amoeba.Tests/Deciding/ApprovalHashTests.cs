using Amoeba.Deciding;
using Amoeba.Jobs;

namespace Amoeba.Tests.Deciding;

public sealed class ApprovalHashTests
{
    private static readonly ApprovalSubject Subject = new()
    {
        PlanJson = """{"name":"p"}""",
        Items = [new ApprovedItems("a", 3, "h1"), new ApprovedItems("b", 1, "")],
        Executables = Found(("wc", "/usr/bin/wc"), ("nope", null)),
        Folder = "/home/someone",
        Environment = ["PATH", "HOME"],
        LimitsJson = "{}",
        BudgetJson = "null",
        Cell = CellKind.Thread,
        Width = 4,
    };

    public static TheoryData<string> Changes => [.. Changed.Keys];

    private static Dictionary<string, ApprovalSubject> Changed { get; } = new()
    {
        ["plan"] = Subject with { PlanJson = """{"name":"q"}""" },
        ["count"] = Subject with { Items = [new ApprovedItems("a", 4, "h1"), new ApprovedItems("b", 1, "")] },
        ["items"] = Subject with { Items = [new ApprovedItems("a", 3, "h2"), new ApprovedItems("b", 1, "")] },
        ["order"] = Subject with { Items = [new ApprovedItems("b", 1, ""), new ApprovedItems("a", 3, "h1")] },
        ["program"] = Subject with { Executables = Found(("wc", "/tmp/wc"), ("nope", null)) },
        ["found"] = Subject with { Executables = Found(("wc", "/usr/bin/wc"), ("nope", "")) },
        ["folder"] = Subject with { Folder = "/home/another" },
        ["environment"] = Subject with { Environment = ["PATH", "HOME", "TOKEN"] },
        ["run together"] = Subject with { Environment = ["PATHHOME"] },
        ["mounts"] = Subject with { Mounts = ["/data"] },
        ["limits"] = Subject with { LimitsJson = """{"retries":9}""" },
        ["budget"] = Subject with { BudgetJson = """{"tokens":9}""" },
        ["cell"] = Subject with { Cell = CellKind.Process },
        ["reused"] = Subject with { Reused = [1] },
        ["reused results"] = Subject with { ReusedResults = "5f" },
        ["width"] = Subject with { Width = 5 },
        ["price"] = Subject with { Models = ["local/m OpenAi http://127.0.0.1/v1 1 2 "] },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Any_change_of_what_would_run_changes_the_hash(string change) =>
        Assert.NotEqual(ApprovalHash.Of(Subject), ApprovalHash.Of(Changed[change]));

    [Fact]
    public void What_has_no_order_of_its_own_does_not_change_the_hash()
    {
        var same = Subject with
        {
            Environment = ["HOME", "PATH"],
            Executables = Found(("nope", null), ("wc", "/usr/bin/wc")),
        };

        Assert.Equal(ApprovalHash.Of(Subject), ApprovalHash.Of(same));
        Assert.Matches("^sha256:[0-9a-f]{64}$", ApprovalHash.Of(same));
    }

    [Fact]
    public void The_hash_stays_the_same_from_version_to_version() =>
        Assert.Equal(
            "sha256:41fd8c5dbbdae765dd73f37aea201ca9cc2e1a729774bc3c46b9976c54cd59cb", ApprovalHash.Of(Subject));

    private static Dictionary<string, string?> Found(params (string Name, string? Path)[] programs) =>
        programs.ToDictionary(program => program.Name, program => program.Path);
}
