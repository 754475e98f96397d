using Amoeba.Jobs;
using Amoeba.Plans;

namespace Amoeba.Tests.Plans;

/// <summary>Valid plans of every shape, each from a seed.</summary>
internal sealed class RandomPlans(int seed)
{
    private static readonly string[] Texts =
        ["a", "", "two words", "{{x}}", "}", "é\n\"'\\", "\u2028",
            "{index}", "null", "007", "1e3", "<&>", "{vars.v}", "😀"];

    private readonly Random _random = new(seed);

    public PlanSpec Next()
    {
        var tasks = Enumerable.Range(0, _random.Next(1, 5)).Aggregate(
            new List<TaskSpec>(),
            (list, n) => [.. list, Task($"t{n}", list)]);
        return new PlanSpec
        {
            Name = Label(),
            Description = Maybe(Text),
            Type = Label(),
            Tasks = tasks,
            Merge = Merge(tasks),
            Children = _random.Next(2) == 0 ? null : _random.Next(1, 100),
            Cell = Pick(Enum.GetValues<CellKind>()),
            Strategy = Pick(Enum.GetValues<Strategy>()),
            OnFailure = Pick(Enum.GetValues<FailurePolicy>()),
            Budget = _random.Next(2) == 0
                ? BudgetSpec.None
                : new BudgetSpec(_random.Next(1, 1000), 1.25m, Time(), 4096),
            Branch = "b/" + _random.Next(9),
            MaxDepth = _random.Next(0, 16),
            Vars = new Dictionary<string, string> { ["v"] = Text(), ["a-b"] = "" },
        };
    }

    private TaskSpec Task(string id, List<TaskSpec> before)
    {
        var each = Each();
        var names = new TemplateNames(each?.As);
        return new TaskSpec
        {
            Id = id,
            Description = Maybe(Text),
            Needs = [.. before.Select(task => task.Id).Where(_ => _random.Next(2) == 0)],
            Each = each,
            Batch = each is null ? 1 : _random.Next(1, 9),
            Do = [.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Tool(each, names))],
            Type = Label(),
            Skill = Maybe(Label),
            Priority = Pick(Enum.GetValues<Priority>()),
            Deadline = _random.Next(2) == 0
                ? null
                : new DateTimeOffset(2030, 1, 2, 3, 4, 5, _random.Next(999), TimeSpan.FromHours(_random.Next(-5, 5))),
            Limits = _random.Next(2) == 0 ? LimitSpec.Default : Limits(),
            Verify = _random.Next(2) == 0 ? null : new RunSpec([Plan("test", names), Template(names)]),
            Estimate = _random.Next(2) == 0
                ? EstimateSpec.None
                : new EstimateSpec(Figure(each, names), new Figure(12345678901, null), new Figure(0.1 + 0.2, null)),
            Env = new SortedDictionary<string, Template> { ["A"] = Template(names), ["b_1"] = Template(names) },
            Affinity = Maybe(Label),
            Ref = Maybe(Label),
            Idempotent = _random.Next(2) == 0,
        };
    }

    private EachSpec? Each()
    {
        var alias = _random.Next(2) == 0 ? "city" : null;
        return _random.Next(8) switch
        {
            0 => new ItemsEach([.. Enumerable.Range(0, _random.Next(4)).Select(_ => Item())]) { As = alias },
            1 => new FileEach("a/b.csv") { As = alias },
            2 => new GlobEach(["**/*.{a,b}", "x"]) { As = alias },
            3 => new RangeEach(_random.Next(-50, 50), _random.Next(-50, 50), Pick([1L, -1, 7])) { As = alias },
            4 => new CommandEach(["git", Text()]) { As = alias },
            5 =>
                new MatrixEach([KeyValuePair.Create("x", (IReadOnlyList<string>)[Text(), Text()]),
                    KeyValuePair.Create("y", (IReadOnlyList<string>)[])])
                { As = alias },
            6 => new SpooledEach { As = alias },
            _ => null,
        };
    }

    private Item Item() => _random.Next(2) == 0
        ? new TextItem(Text())
        : Amoeba.Plans.Item.Parse(
            $$"""{"a":{{CanonicalJson.Quote(Text())}}, "b":[1.50,null,{"c":true}], "d":{{_random.Next()}} }""");

    private ToolSpec Tool(EachSpec? each, TemplateNames names) => _random.Next(6) switch
    {
        4 => Fetch(names),
        0 => new RunSpec([Plan("echo", names), .. Enumerable.Range(0, _random.Next(3)).Select(_ => Template(names))]),
        1 => new ShSpec("echo {x} " + Text()),
        2 => new WaitSpec(Figure(each, names)),
        3 => Chat(names),
        _ => new DelegateSpec("mine"),
    };

    private FetchSpec Fetch(TemplateNames names) =>
        new(Plan(_random.Next(2) == 0 ? "https://a.example/" : "{index}", names))
        {
            Headers = _random.Next(2) == 0
            ? new SortedDictionary<string, Template>()
            : new SortedDictionary<string, Template> { ["Accept"] = Template(names), ["x-b"] = Template(names) },
            Feed = _random.Next(2) == 0,
            MaxSize = Pick([null, (long?)1, 1L << 40]),
            Redirects = _random.Next(51),
            Cache = _random.Next(2) == 0,
            Private = _random.Next(2) == 0,
        };

    private ChatSpec Chat(TemplateNames names) => new()
    {
        Model = Plan("local/m{index}", names),
        Prompt = Plan("say " + Text(), names),
        System = _random.Next(2) == 0 ? null : Template(names),
        Temperature = Pick([null, 0.25, (double?)2]),
        Seed = Pick([null, (long?)7]),
        MaxTokens = Pick([null, (int?)100]),
        Images = [.. Enumerable.Range(0, _random.Next(3)).Select(_ => Template(names))],
        Audio = [.. Enumerable.Range(0, _random.Next(2)).Select(_ => Template(names))],
        Schema = _random.Next(2) == 0
            ? null
            : Schemas.Of("""{"type":"object","properties":{"n":{"type":["integer","null"],"minimum":0}}}"""),
    };

    private Figure Figure(EachSpec? each, TemplateNames names) => each is null || _random.Next(2) == 0
        ? new Figure(_random.Next(100) / 8.0, null)
        : new Figure(0, Plan(each.As is null ? "{item.s}" : "{city.s}", names));

    private MergeSpec? Merge(List<TaskSpec> tasks)
    {
        var kind = Pick(Enum.GetValues<MergeKind>());
        var alias = tasks.Select(task => task.Each?.As).FirstOrDefault(name => name is not null);
        return kind switch
        {
            MergeKind.Markdown => new MergeSpec(
                kind,
                Template: Plan("## {item} {output}\n", new TemplateNames(alias, Output: true))),
            MergeKind.Run => new MergeSpec(kind, Run: new RunSpec([Plan("sort", TemplateNames.Plain)]))
            {
                Limits = Limits(),
                Env = new Dictionary<string, Template> { ["LC_ALL"] = Plan("C", TemplateNames.Plain) },
            },
            MergeKind.Chat => new MergeSpec(kind, Chat: new ChatMergeSpec(
                new ChatSpec
                {
                    Model = Plan("m/x", TemplateNames.Plain),
                    Prompt = Plan("join {results}!", new TemplateNames(Results: true)),
                    System = Pick([null, Plan("briefly", TemplateNames.Plain)]),
                    MaxTokens = Pick([null, (int?)500]),
                },
                Pick([null, (int?)_random.Next(1000, 100_000)])))
            {
                Limits = Limits(),
            },
            _ => _random.Next(3) == 0 ? null : new MergeSpec(kind),
        };
    }

    private LimitSpec Limits() => new()
    {
        Memory = _random.Next(1, int.MaxValue),
        Cpu = Pick([null, 0.25, (double?)3]),
        Timeout = Time(),
        Stall = Pick([null, TimeSpan.Zero, (TimeSpan?)Time()]),
        Output = 1L << _random.Next(40),
        Processes = _random.Next(1, 99),
        Retries = _random.Next(9),
        Tokens = Pick([null, (long?)1]),
    };

    private Template Template(TemplateNames names) => Plan(Text(), names);

    private static Template Plan(string text, TemplateNames names) => Amoeba.Plans.Template.Parse(text, names);

    private TimeSpan Time() => TimeSpan.FromMilliseconds(_random.Next(1, 1_000_000_000));

    private string Text() => Pick(Texts);

    private string Label() => "name " + _random.Next(99) + "é";

    private string? Maybe(Func<string> text) => _random.Next(2) == 0 ? null : text();

    private T Pick<T>(IReadOnlyList<T> values) => values[_random.Next(values.Count)];
}
