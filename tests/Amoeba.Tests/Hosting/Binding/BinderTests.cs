using Amoeba.Engine.Ports;
using Amoeba.Hosting.Binding;
using Amoeba.Plans;
using Amoeba.Tests.Fakes;

namespace Amoeba.Tests.Hosting.Binding;

public sealed class BinderTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly RowsReader _rows = new();
    private readonly Binder _binder;

    public BinderTests() => _binder = new Binder(_rows, new InlineOutputs(_folder.Path), new BinderOptions
    {
        ParentId = "parent",
        OutputsFolder = _folder["outputs"],
        Environment = new Dictionary<string, string> { ["PATH"] = "/bin" },
    });

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Variables_are_filled_in_and_never_read_again()
    {
        Add("""
            {"name": "t", "vars": {"v": "{item}"}, "each": [{"a": "{index}"}, {"a": "b"}],
             "do": {"run": ["p", "{item.a}", "{index}", "{vars.v}", "{{item}}", "{item}"]}}
            """);

        Assert.Equal(["p", "{index}", "0", "{item}", "{item}", """{"a":"{index}"}"""], Arguments(0));
        Assert.Equal(["p", "b", "1", "{item}", "{item}", """{"a":"b"}"""], Arguments(1));
    }

    [Fact]
    public void What_a_variable_holds_whose_name_says_secret_is_masked_wherever_the_plan_has_it_from()
    {
        Add("""
            {"name": "t", "vars": {"plain": "behind-a-plain-name"}, "tasks": [
              {"id": "one", "each": [{"a": "of-the-first"}, {"a": "of-the-second"}, {"b": "lacks-it"}],
               "env": {"API_KEY": "{vars.plain}", "MY_TOKEN": "Bearer {item.a}", "OTHER": "{item}"}, "do": {"wait": 0}},
              {"id": "two", "do": {"wait": 0}}]}
            """);

        const string Said = "behind-a-plain-name, Bearer of-the-first, Bearer of-the-second";
        Assert.Equal("***, ***, Bearer of-the-second", Bind(0).Masker.Apply(Said));
        Assert.Equal("***, Bearer of-the-first, ***", Bind(1).Masker.Apply(Said));
        Assert.Equal("***, Bearer of-the-first, Bearer of-the-second", Bind(2).Masker.Apply(Said));
        Assert.Same(Bind(2).Masker, Bind(3).Masker);
    }

    [Fact]
    public void Outputs_of_needs_come_as_text_without_their_last_newlines_and_as_files_as_they_are()
    {
        Add("""
            {"name": "t", "tasks": [
              {"id": "one", "do": {"wait": 0}},
              {"id": "many", "each": ["x", "y", "z"], "do": {"wait": 0}},
              {"id": "last", "needs": ["many", "one"], "do": {"run": ["p", "{tasks.one.output}", "{tasks.many.output}"]}},
              {"id": "file", "needs": ["many", "one"], "do": {"run": ["{tasks.one.file}", "{tasks.many.file}"]}}]}
            """);
        _rows.Add("j", 0, "first\nsecond\n\n");
        _rows.Add("j", 1, "x\n");
        _rows.Add("j", 2, "");
        _rows.Add("j", 3, "{index}");

        Assert.Equal(["p", "first\nsecond", "x\n\n{index}"], Arguments(4));
        Assert.Equal(["first\nsecond\n\n", "x\n\n{index}\n"], Arguments(5).Select(File.ReadAllText));
    }

    [Fact]
    public void Programs_find_what_their_task_needs_in_files()
    {
        Add("""
            {"name": "t", "tasks": [
              {"id": "a-b", "each": ["x", "y"], "batch": 2, "do": {"wait": 0}},
              {"id": "c", "do": {"wait": 0}},
              {"id": "alone", "do": {"sh": "true"}},
              {"id": "last", "needs": ["c", "a-b"], "each": ["1", "2"], "do": {"sh": "true"}}]}
            """);
        _rows.Add("j", 0, "x\ny", items: 2);
        _rows.Add("j", 2, "c\n");

        var variables = Variables(4);
        Assert.Equal("c\nx\ny\n", File.ReadAllText(variables["AMOEBA_INPUT"]));
        Assert.Equal("c\n", File.ReadAllText(variables["AMOEBA_INPUT_C"]));
        Assert.Equal("x\ny\n", File.ReadAllText(variables["AMOEBA_INPUT_A_B"]));
        Assert.Equal(("0", "1"), (variables["AMOEBA_INDEX"], variables["AMOEBA_ITEM"]));
        Assert.Equal("j/last/0", variables["AMOEBA_TASK_ID"]);
        Assert.DoesNotContain("AMOEBA_INPUT", Variables(3).Keys);
        Assert.DoesNotContain("AMOEBA_INDEX", Variables(3).Keys);
        Assert.Equal("j/alone", Variables(3)["AMOEBA_TASK_ID"]);
        Assert.Null(Bind(4).Environment().Stdin);
    }

    [Fact]
    public void Files_of_inputs_are_made_once_and_only_when_a_program_is_started()
    {
        Add("""
            {"name": "t", "tasks": [
              {"id": "a", "do": {"wait": 0}},
              {"id": "b", "needs": ["a"], "each": ["1", "2", "3"], "do": {"sh": "true"}}]}
            """);
        _rows.Add("j", 0, "a");
        var works = Enumerable.Range(1, 3).Select(Bind).ToArray();
        Assert.Equal((0, false), (_rows.Reads, Directory.Exists(_folder["outputs"])));

        foreach (var work in works) work.Environment();
        Assert.Equal(1, _rows.Reads);
        Assert.Single(Directory.GetFiles(_folder["outputs"], "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_merge_that_runs_reads_all_results_anew_at_every_attempt()
    {
        Add("""
            {"name": "t", "vars": {"v": "w"}, "each": ["x", "y"], "do": {"wait": 0}, "merge": {"run": ["sort", "{vars.v}"]}}
            """);
        _rows.Add("j", 0, "x");
        var first = Variables(2)["AMOEBA_INPUT"];
        Assert.Equal("x\n", File.ReadAllText(first));

        _rows.Add("j", 1, "y");
        var again = _binder.Bind(new AttemptOrder("j", 2, 1, 2, "c"));
        Assert.Equal("x\ny\n", File.ReadAllText(Named(again)["AMOEBA_INPUT"]));
        Assert.Equal("x\ny\n", File.ReadAllText(again.Environment().Stdin!));
        Assert.Equal("x\n", File.ReadAllText(first));
        Assert.Equal(["sort", "w"], Assert.IsType<BoundRun>(again.Chain[0]).Arguments);
        Assert.Empty(again.Items);
    }

    [Fact]
    public void What_has_no_value_or_is_too_long_is_said()
    {
        Add("""
            {"name": "t", "tasks": [
              {"id": "a", "do": {"wait": 0}},
              {"id": "b", "needs": ["a"], "do": {"run": ["p", "{tasks.a.output}"]}},
              {"id": "c", "each": [{"s": "soon"}, {"s": "-1"}, {"s": "1e3"}], "do": {"wait": "{item.s}"}}]}
            """);
        _rows.Add("j", 0, new string('x', JobInputs.LongestText + 1));

        var tooLong = Assert.Throws<PlanException>(() => Bind(1));
        Assert.StartsWith("too long: the output of task a", tooLong.Message, StringComparison.Ordinal);
        var noNumber = Assert.Throws<PlanException>(() => Bind(2));
        Assert.StartsWith("wait: \"soon\" is no number of seconds", noNumber.Message, StringComparison.Ordinal);
        Assert.Throws<PlanException>(() => Bind(3));
        Assert.Equal(new BoundWait(1000), Bind(4).Chain[0]);
    }

    [Fact]
    public void A_batch_waits_once_as_long_as_its_longest()
    {
        Add("""{"name": "t", "each": {"items": ["1", "3", "2"], "batch": 3}, "do": {"wait": "{item}"}}""");
        var work = _binder.Bind(new AttemptOrder("j", 0, 3, 1, "c"));

        Assert.Equal(new BoundWait(3), work.Chain[0]);
        Assert.Equal(["1", "3", "2"], work.Items.Select(item => item.Text));
    }

    [Fact]
    public void Of_a_batch_each_variable_has_a_line_an_item()
    {
        Add("""
            {"name": "t", "each": {"items": [{"n": "a"}, {"n": "b"}], "batch": 2},
             "env": {"E": "{item.n}{index}", "F": "f"}, "do": {"sh": "true"}}
            """);
        var variables = Named(_binder.Bind(new AttemptOrder("j", 0, 2, 1, "c")));

        Assert.Equal(("a\nb", "a0\nb1", "f", "0"),
            (variables["AMOEBA_ITEM_N"], variables["E"], variables["F"], variables["AMOEBA_INDEX"]));
    }

    [Fact]
    public void A_plan_cannot_pretend_to_be_another_child()
    {
        var plan = PlanReader.Read("""{"name": "t", "each": ["a"], "do": {"sh": "true"}}""", "test");
        var env = new Dictionary<string, Template>
        {
            ["AMOEBA_TASK_ID"] = Template.Literal("x"),
            ["AMOEBA_PARENT_ID"] = Template.Literal("x"),
        };
        Add(plan with { Tasks = [plan.Tasks[0] with { Env = env }] });
        var environment = Bind(0).Environment();

        Assert.Contains("AMOEBA_TASK_ID=j/each/0", environment.Entries);
        Assert.Contains("AMOEBA_PARENT_ID=parent", environment.Entries);
        Assert.Equal("AMOEBA_TASK_ID=j/each/0", environment.Mark);
    }

    [Fact]
    public void A_job_that_is_not_here_cannot_be_bound() => Assert.Throws<PlanException>(() => Bind(0));

    private void Add(string plan) => Add(PlanReader.Read(plan, "test"));

    private void Add(PlanSpec spec)
    {
        var stages = new List<StageContext>();
        var first = 0;
        foreach (var task in spec.Tasks)
        {
            var items = (task.Each as ItemsEach)?.Items;
            stages.Add(new StageContext(task, first, items?.Count ?? 1, items is null ? null : new ListItems(items)));
            first += items?.Count ?? 1;
        }

        _binder.Add(new JobContext("j", spec, _folder.Path, stages));
    }

    private AttemptWork Bind(int ordinal) => _binder.Bind(new AttemptOrder("j", ordinal, 1, 1, "c"));

    private IReadOnlyList<string> Arguments(int ordinal) => Assert.IsType<BoundRun>(Bind(ordinal).Chain[0]).Arguments;

    private Dictionary<string, string> Variables(int ordinal) => Named(Bind(ordinal));

    private static Dictionary<string, string> Named(AttemptWork work) => work.Environment().Entries
        .Select(entry => entry.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
}
