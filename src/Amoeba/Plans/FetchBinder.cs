namespace Amoeba.Plans;

/// <summary>`fetch`: an address, or a map with more to say.</summary>
internal static class FetchBinder
{
    private const int MaxHeaders = 100;
    private const int MaxRedirects = 50;

    /// <summary>What the connection itself decides; a plan that set one would break it.</summary>
    private static readonly string[] Ours =
    [
        "Host", "Connection", "Content-Length", "Transfer-Encoding", "Upgrade", "Keep-Alive", "TE", "Trailer", "Expect",
        "Accept-Encoding", "Proxy-Authorization", "Proxy-Connection", "Range", "If-None-Match", "If-Modified-Since",
        "If-Range", "If-Match", "If-Unmodified-Since",
    ];

    private static readonly IReadOnlyDictionary<string, bool> OnOff =
        new Dictionary<string, bool> { ["on"] = true, ["off"] = false, ["true"] = true, ["false"] = false };

    public static FetchSpec Bind(PlanCursor cursor, PlanBinding binding)
    {
        if (cursor.Node.IsScalar) return new FetchSpec(Url(cursor, binding));
        var map =
            cursor.Map(PlanNames.Fetch, "an http(s) address, or a map such as { url: \"https://...\", feed: true }");
        if (cursor.Node.Kind == NodeKind.Map && map["url"] is null)
            map.Fail("url", "missing; expected the http(s) address to fetch.");
        return new FetchSpec(map["url"] is { } url ? Url(url, binding) : Template.Literal(""))
        {
            Headers = Headers(map["headers"], binding),
            Feed = map["feed"]?.Bool() ?? false,
            MaxSize = map["max_size"]?.Size(),
            Redirects = map["redirects"]?.Integer(0, MaxRedirects) ?? FetchSpec.UsualRedirects,
            Cache = map["cache"]?.OneOf(OnOff) ?? true,
            Private = map["private"]?.Bool() ?? false,
        };
    }

    /// <summary>An address that variables of the plan complete is known before anything runs too.</summary>
    public static void CheckKnown(PlanSpec plan, PlanBinding binding)
    {
        var scope = new VarScope(plan.Vars);
        for (var i = 0; i < plan.Tasks.Count; i++)
        {
            foreach (var fetch in plan.Tasks[i].Do.OfType<FetchSpec>())
            {
                var parts = fetch.Url.Parts;
                if (fetch.Url.IsLiteral || !parts.All(part => part.Kind is VariableKind.Literal or VariableKind.Var))
                    continue;
                var url = fetch.Url.Fill(scope);
                if (WebAddress.Problem(url) is { } problem)
                    binding.Tasks[i]
                        .Fail("do", $"fetch: \"{fetch.Url.Source}\" is \"{WebAddress.Shown(url)}\", which {problem}.");
            }
        }
    }

    private static Template Url(PlanCursor cursor, PlanBinding binding)
    {
        if (cursor.TextNotEmpty("an http(s) address").Length == 0) return Template.Literal("");
        var template = binding.Template(cursor, "an http(s) address");
        if (!template.IsLiteral || template.Parts.Count == 0) return template;
        var url = template.Parts[0].Text;
        if (WebAddress.Problem(url) is { } problem) cursor.Fail($"\"{WebAddress.Shown(url)}\" {problem}.");
        return template;
    }

    private static SortedList<string, Template> Headers(PlanCursor? cursor, PlanBinding binding)
    {
        var headers = new SortedList<string, Template>(StringComparer.OrdinalIgnoreCase);
        if (cursor is not { } given) return headers;
        if (given.Node.Kind != NodeKind.Map) given.Expect("a map of header names and values");
        foreach (var (name, value) in new PlanMap(given).Named)
        {
            if (name.Length is 0 or > 200 || !name.All(IsTokenCharacter))
                value.Fail($"\"{name}\" is no name of a header.");
            else if (Ours.Contains(name, StringComparer.OrdinalIgnoreCase))
                value.Fail($"{name} is set by Amoeba itself; leave it out.");
            else if (headers.ContainsKey(name))
                value.Fail($"{name} is there twice; names of headers do not tell capitals apart.");
            headers[name] = binding.Template(value);
            if (HeaderSecret.Of(headers[name]) is { } secret && HeaderSecret.Problem(secret.Place) is { } problem)
                value.Fail(problem);
        }

        if (headers.Count > MaxHeaders) given.Fail($"{headers.Count} headers are too many; at most {MaxHeaders}.");
        return headers;
    }

    private static bool IsTokenCharacter(char c) =>
        char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal);

    private sealed class VarScope(IReadOnlyDictionary<string, string> vars) : ITemplateScope
    {
        public string? Value(TemplatePart variable) => vars.GetValueOrDefault(variable.Text, "");
    }
}
