using Amoeba.Jobs;

namespace Amoeba.Tests.Architecture;

/// <summary>docs/state-machines.md says what the code allows, no more and no less.</summary>
public sealed class StateMachineTests
{
    [Fact]
    public void A_jobs_transitions_are_those_of_its_table() => Agree<JobState>("Job", Names.Of, JobLife.May);

    [Fact]
    public void A_tasks_transitions_are_those_of_its_table() => Agree<TaskState>("Task", Names.Of, TaskLife.May);

    [Fact]
    public void A_childs_transitions_are_those_of_its_table() => Agree<ChildState>("Child", Names.Of, ChildLife.May);

    private static void Agree<T>(string heading, Func<T, string> name, Func<T, T, bool> may) where T : struct, Enum
    {
        var coded = from source in Enum.GetValues<T>()
                    from target in Enum.GetValues<T>()
                    where may(source, target)
                    select $"{name(source)} -> {name(target)}";
        var section = Repository.Lines("docs/state-machines.md").SkipWhile(line => line != "## " + heading).Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal));
        var written = Repository.Table(section, "from").Select(row => $"{row[0]} -> {row[1]}");
        Assert.Equal(coded.Order(StringComparer.Ordinal), written.Order(StringComparer.Ordinal));
    }
}
