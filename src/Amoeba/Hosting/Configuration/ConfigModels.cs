using Amoeba.Models;
using Amoeba.Plans;
using Amoeba.Scheduling;

namespace Amoeba.Hosting.Configuration;

/// <summary>
/// `models`: servers by name, with where their keys are, what they cost and how much they may be asked.
/// </summary>
internal static class ConfigModels
{
    public static readonly string[] Names =
        ["kind", "url", "key", "model", "price", "quota", "context", "headers", "models"];
    public static readonly string[] DetailNames = ["price", "quota", "context"];
    public static readonly string[] PriceNames = ["input", "output", "cached"];
    public static readonly string[] QuotaNames = ["concurrency", "requests", "tokens"];

    private const string Shape = "a model such as { kind: openai, url: \"http://127.0.0.1:8080/v1\", key: env:NAME }";
    private const double MostDollars = 1_000_000;

    private static readonly IReadOnlyDictionary<string, ModelKind> Kinds = new Dictionary<string, ModelKind>
    {
        ["openai"] = ModelKind.OpenAi,
        ["anthropic"] = ModelKind.Anthropic,
    };

    /// <param name="value">What one place says.</param>
    /// <param name="below">What places that are further away say; null is nothing.</param>
    public static ModelsConfig Bind(PlanCursor value, ModelsConfig? below = null)
    {
        if (value.Node.Kind != NodeKind.Map) value.Expect("a map of models by name");
        var merged = below is null ? value.Node : ModelLayers.Merge(below.Node, value.Node);
        // What each place says was checked where it was said; here only what they say together is new.
        var whole = new PlanMap(new PlanCursor(merged, value.Path, new PlanErrors("")));
        Check(value, whole);
        return new ModelsConfig(merged, [.. whole.Named
            .Where(model => model.Value.Node.Kind == NodeKind.Map)
            .Select(model => Entry(model.Name, new PlanMap(model.Value)))]);
    }

    private static void Check(PlanCursor value, PlanMap whole)
    {
        foreach (var (name, model) in new PlanMap(value).Named)
        {
            if (!PlanNames.IsId(name) && !IsDotted(name))
            {
                model.Fail($"\"{name}\" is no name of a model; expected letters, digits, _, - and dots. "
                    + "What stands behind a / is the server's.");
            }

            var map = model.Map(Names, Shape);
            if (model.Node.Kind != NodeKind.Map) continue;
            if (whole[name] is { } all && new PlanMap(all)["kind"] is null)
                map.Fail("kind", "missing; expected openai or anthropic.");
            Entry(name, map);
        }
    }

    /// <summary>Models without their keys: a reference to where a key is may be seen, the key may not.</summary>
    public static PlanNode Masked(PlanNode models) => Mask(models, within: "");

    private static ModelEntry Entry(string name, PlanMap map)
    {
        var kind = map["kind"]?.OneOf(Kinds) ?? ModelKind.OpenAi;
        var url = map["url"] is { } given ? Url(given) : null;
        return new ModelEntry
        {
            Name = name,
            Kind = kind,
            Url = url ?? ModelVendors.Url(kind),
            Key = map["key"] is { } key ? Key(key) : url is null ? ModelVendors.Key(kind) : null,
            Model = map["model"]?.TextNotEmpty("what the server calls the model"),
            Price = Price(map["price"]),
            Quota = Quota(map["quota"]),
            Context = Context(map["context"]),
            Headers = Headers(map["headers"]),
            Models = Details(map["models"]),
        };
    }

    /// <summary>An address without a path gets the one that every server has.</summary>
    private static Uri Url(PlanCursor value)
    {
        var text = value.TextNotEmpty("an address such as http://127.0.0.1:11434/v1");
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            value.Expect("an address such as http://127.0.0.1:11434/v1");
            return new Uri("http://127.0.0.1/");
        }

        if (url.UserInfo.Length > 0)
            value.Fail("a name or password does not belong into the address; give it as key or in headers.");
        if (url.Query.Length > 0 || url.Fragment.Length > 0) value.Fail("expected an address without ? and #.");
        return url.AbsolutePath == "/" ? new Uri(url, "/v1") : url;
    }

    private static KeyReference? Key(PlanCursor value)
    {
        var text = value.TextNotEmpty("a key, where it is (env:NAME or file:PATH), or none");
        var key = KeyReference.Parse(text);
        if (key is { Place: KeyPlace.Variable } && !TaskBinder.IsEnvironmentName(key.Text))
            value.Fail($"\"{key.Text}\" is no name of an environment variable.");
        if (key is { Place: KeyPlace.File } && !Path.IsPathRooted(key.Text)
            && !key.Text.StartsWith("~/", StringComparison.Ordinal))
        {
            value.Fail("expected file: with a whole path, such as file:/etc/keys/vendor or file:~/.keys/vendor.");
        }

        if (key is { Place: KeyPlace.Literal } && text.Any(c => c is < ' ' or > '~'))
            value.Fail("a key has no line ends and no letters beyond ASCII.");
        return key;
    }

    private static TokenPrice? Price(PlanCursor? value)
    {
        if (value is not { } given) return null;
        if (given.Node is { IsScalar: true, Text: "free" }) return TokenPrice.Free;
        var map = given.Map(
            PriceNames, "free, or US dollars per million tokens such as { input: 2.5, output: 10, cached: 1.25 }");
        if (given.Node.Kind != NodeKind.Map) return null;
        foreach (var name in (string[])["input", "output"])
        {
            if (map[name] is null) map.Fail(name, "missing; expected US dollars per million tokens.");
        }

        decimal? Of(string name) => (decimal?)map[name]?.Number(0, MostDollars);
        return new TokenPrice(Of("input") ?? 0, Of("output") ?? 0, Of("cached"));
    }

    private static QuotaSpec? Quota(PlanCursor? value)
    {
        const string what = "a map such as { concurrency: 4, requests: 60, tokens: 100000 }, the last two a minute";
        if (value?.Map(QuotaNames, what) is not { } map) return null;
        return new QuotaSpec(
            map["concurrency"]?.Integer(1, 100_000),
            map["requests"]?.Long(1, long.MaxValue),
            map["tokens"]?.Long(1, long.MaxValue));
    }

    private static int? Context(PlanCursor? value) => value?.Integer(MergeBinder.LeastContext, MergeBinder.MostContext);

    private static Dictionary<string, KeyReference> Headers(PlanCursor? value)
    {
        var headers = new Dictionary<string, KeyReference>(StringComparer.OrdinalIgnoreCase);
        if (value is not { } given) return headers;
        if (given.Node.Kind != NodeKind.Map) given.Expect("a map of headers");
        foreach (var (name, header) in new PlanMap(given).Named)
        {
            if (name.Length == 0 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_')))
                header.Fail($"\"{name}\" is no name of a header.");
            else if (Key(header) is { } text) headers[name] = text;
        }

        return headers;
    }

    private static Dictionary<string, ModelDetail> Details(PlanCursor? value)
    {
        var details = new Dictionary<string, ModelDetail>(StringComparer.Ordinal);
        if (value is not { } given) return details;
        if (given.Node.Kind != NodeKind.Map) given.Expect("a map of what the server calls its models");
        foreach (var (name, detail) in new PlanMap(given).Named)
        {
            var map = detail.Map(DetailNames);
            details[name] = new ModelDetail(Price(map["price"]), Quota(map["quota"]), Context(map["context"]));
        }

        return details;
    }

    private static bool IsDotted(string name) =>
        name.Split('.') is { Length: > 1 } parts && parts.All(part => part.Length > 0
            && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));

    private static PlanNode Mask(PlanNode node, string within) => new(node.Kind, node.At)
    {
        Text = node.Text,
        Items = [.. node.Items.Select(item => Mask(item, within))],
        Entries =
        [
            .. node.Entries.Select(entry => entry with
            {
                Value =
                    entry.Name == "key" || within == "headers" ? MaskKey(entry.Value) : Mask(entry.Value, entry.Name),
            }),
        ],
    };

    private static PlanNode MaskKey(PlanNode key)
    {
        var shown = key.IsScalar && KeyReference.IsReference(key.Text);
        return shown || key.Kind == NodeKind.Null ? key : new PlanNode(NodeKind.Text, key.At) { Text = "***" };
    }
}
