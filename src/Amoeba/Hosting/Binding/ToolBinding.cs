using System.Globalization;
using Amoeba.Engine.Ports;
using Amoeba.Plans;

namespace Amoeba.Hosting.Binding;

/// <summary>Fills in what a tool is given.</summary>
internal static class ToolBinding
{
    // Longer than any attempt may take, and within what a timer can hold.
    private const double LongestWait = 4_000_000;

    /// <summary>The same for every item: it can be bound once for the whole stage.</summary>
    public static bool IsConstant(ToolSpec tool) => tool.Templates.All(template => template.IsLiteral);

    /// <summary>
    /// An argument of `run` that speaks of the item stands there once for each item of a batch; `wait` waits once, as
    /// long as the longest of them.
    /// </summary>
    public static BoundTool Bind(ToolSpec tool, AttemptScope scope) => tool switch
    {
        RunSpec run => new BoundRun([.. run.Arguments.SelectMany(scope.FillEach)]),
        ShSpec sh => new BoundSh(sh.Text),
        WaitSpec { Seconds.Template: { } template } => new BoundWait(scope.FillEach(template).Max(Seconds)),
        WaitSpec wait => new BoundWait(Math.Min(wait.Seconds.Value, LongestWait)),
        FetchSpec fetch => Fetch(fetch, scope),
        ChatSpec chat => Chat(chat, scope),
        DelegateSpec named => new BoundDelegate(named.Name),
        _ => throw new PlanException($"tool not found: {tool.Tool} is not part of this version"),
    };

    /// <summary>Of a batch, an address or header that speaks of the item makes one request an item.</summary>
    private static BoundFetch Fetch(FetchSpec fetch, AttemptScope scope)
    {
        string[] urls = [.. scope.FillEach(fetch.Url)];
        var headers = fetch.Headers
            .Select(pair => (pair.Key, Values: Values(pair.Key, pair.Value, scope))).ToArray();
        var count = headers.Select(header => header.Values.Length).Append(urls.Length).Max();
        var requests = Enumerable.Range(0, count).Select(i => new FetchRequest(
            urls[Math.Min(i, urls.Length - 1)],
            [.. headers.Select(h => KeyValuePair.Create(h.Key, h.Values[Math.Min(i, h.Values.Length - 1)]))]));
        return new BoundFetch([.. requests])
        {
            Feed = fetch.Feed,
            MaxSize = fetch.MaxSize,
            Redirects = fetch.Redirects,
            Cache = fetch.Cache && !fetch.Headers.Values.Any(value => HeaderSecret.Of(value) is not null),
            Private = fetch.Private,
        };
    }

    private static string[] Values(string header, Template value, AttemptScope scope) =>
        HeaderSecret.Of(value) is { } secret
        ? [scope.Secrets.Fill(header, secret)]
        : [.. scope.FillEach(value)];

    /// <summary>A batch is one call: what speaks of the item stands there once for each.</summary>
    private static BoundChat Chat(ChatSpec chat, AttemptScope scope)
    {
        var models = scope.FillEach(chat.Model).Distinct().ToList();
        if (models.Count > 1)
            throw new PlanException(
                $"chat: a batch is one call, and its items name {models.Count} models; leave batch out");
        return new BoundChat(models[0], Paragraphs(scope.FillEach(chat.Prompt)))
        {
            System = chat.System is null ? null : Paragraphs(scope.FillEach(chat.System)),
            Temperature = chat.Temperature,
            Seed = chat.Seed,
            MaxTokens = chat.MaxTokens,
            Images = [.. chat.Images.SelectMany(scope.FillEach)],
            Audio = [.. chat.Audio.SelectMany(scope.FillEach)],
            Schema = chat.Schema,
        };
    }

    private static string Paragraphs(IEnumerable<string> texts) => string.Join("\n\n", texts);

    private static double Seconds(string text)
    {
        var isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds);
        if (!isNumber || !(seconds >= 0))
            throw new PlanException($"wait: \"{text}\" is no number of seconds; it must be 0 or more");
        return Math.Min(seconds, LongestWait);
    }
}
