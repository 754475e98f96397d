using Amoeba.Plans;
using Amoeba.Tools.Fetch;

namespace Amoeba.Hosting.Configuration;

/// <summary>The keys of `fetch`.</summary>
internal static class FetchKeys
{
    private const string Shape =
        "plan (a plan's private: true decides), true (always), false (never), or a list of hosts, addresses and blocks";

    public static IEnumerable<ConfigKey> All =>
    [
        Key("private", Private,
            fetch => fetch.Allowed.Count > 0 ? string.Join(", ", fetch.Allowed) : fetch.Private switch
        {
            PrivateAccess.Always => "true",
            PrivateAccess.Never => "false",
            _ => "plan",
        }),
        Key("loopback", (f, v) => f with { Loopback = v.OneOf(ConfigKeys.OnOff) }, f => f.Loopback ? "true" : "false"),
        Key("per_host.connections",
            (f, v) => f with { PerHost = v.Integer(1, 1000) },
            f => f.PerHost.ToString(PlanUnits.Culture)),
        Key("per_host.gap", (f, v) => f with { Gap = v.Duration() }, f => PlanUnits.Show(f.Gap)),
        Key("user_agent", (f, v) => f with { UserAgent = v.Label("a user agent") }, f => f.UserAgent),
        Key("secrets", (f, v) => f with { Secrets = Secrets(v) }, f => string.Join(", ", f.Secrets)),
        Key("cache",
            (f, v) => f with { CacheBytes = v.Node.Text == "off" ? 0 : v.Size() },
            f => f.CacheBytes == 0 ? "off" : PlanUnits.ShowSize(f.CacheBytes)),
    ];

    private static ConfigKey Key(
        string name, Func<FetchOptions, PlanCursor, FetchOptions> apply, Func<FetchOptions, string> show) =>
        new("fetch." + name, (c, v) => c with { Fetch = apply(c.Fetch, v) }, c => show(c.Fetch));

    /// <summary>A list may also be one text with commas, as a variable has it.</summary>
    private static FetchOptions Private(FetchOptions fetch, PlanCursor value)
    {
        var plain = fetch with { Allowed = [] };
        if (value.Node.IsScalar)
        {
            var text = value.TextNotEmpty(Shape);
            switch (text.ToLowerInvariant())
            {
                case "plan": return plain with { Private = PrivateAccess.ByPlan };
                case "true" or "on": return plain with { Private = PrivateAccess.Always };
                case "false" or "off": return plain with { Private = PrivateAccess.Never };
            }

            var places = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            foreach (var place in places) Check(value, place);
            return plain with { Private = PrivateAccess.ByPlan, Allowed = places };
        }

        var members = value.List(Shape);
        foreach (var member in members) Check(member, member.TextNotEmpty("a host, an address or a block"));
        return plain with { Private = PrivateAccess.ByPlan, Allowed = [.. members.Select(member => member.Node.Text)] };
    }

    private static List<string> Secrets(PlanCursor value)
    {
        const string shape = "a list of env:NAME and file:PATH";
        var places = value.Node.IsScalar
            ? value.Text(shape)
                .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).ToList()
            : value.List(shape).Select(member => member.TextNotEmpty("env:NAME or file:PATH")).ToList();
        foreach (var place in places)
        {
            if (HeaderSecret.Problem(place) is { } problem) value.Fail(problem);
        }

        return places;
    }

    private static void Check(PlanCursor at, string place)
    {
        if (AllowedPlaces.Problem(place) is { } problem) at.Fail($"\"{place}\" {problem}.");
    }
}
