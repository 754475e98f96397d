using Amoeba.Secrets;

namespace Amoeba.Tests.Secrets;

public sealed class EnvironmentBuilderTests
{
    private static readonly Dictionary<string, string> Parent = new()
    {
        ["PATH"] = "/bin",
        ["HOME"] = "/home/me",
        ["LANG"] = "C.UTF-8",
        ["LC_TIME"] = "de_DE",
        ["TZ"] = "Europe/Berlin",
        ["API_KEY"] = "key-value",
        ["AWS_SECRET"] = "never given",
        ["EDITOR"] = "vim",
    };

    [Fact]
    public void Nothing_passes_but_what_is_named()
    {
        var entries = new EnvironmentBuilder(Parent, ["API_KEY", "NOT_SET"]).Build([], []);
        Assert.Equal(
            ["API_KEY=key-value", "HOME=/home/me", "LANG=C.UTF-8", "LC_TIME=de_DE", "PATH=/bin", "TZ=Europe/Berlin"],
            entries.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Our_own_names_win_over_the_plans_and_these_over_inherited_ones()
    {
        var entries = new EnvironmentBuilder(new Dictionary<string, string> { ["PATH"] = "a", ["HOME"] = "a" }, [])
            .Build([new("PATH", "b"), new("AMOEBA_TASK_ID", "forged")], [new("AMOEBA_TASK_ID", "7")]);
        Assert.Equal(["AMOEBA_TASK_ID=7", "HOME=a", "PATH=b"], entries.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Inherited_values_and_telling_names_are_secrets()
    {
        var builder = new EnvironmentBuilder(Parent, ["EDITOR", "API_KEY", "PATH"]);
        Assert.Equal(["key-value", "vim"], builder.InheritedSecrets.Order(StringComparer.Ordinal));
        var all = builder.SecretsOf([new("db_password", "hidden"), new("COLOR", "blue")]);
        Assert.Equal(["hidden", "key-value", "vim"], all.Order(StringComparer.Ordinal));
    }
}
