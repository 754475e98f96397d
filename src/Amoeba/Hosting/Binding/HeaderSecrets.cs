using System.Collections.Concurrent;
using Amoeba.Models;
using Amoeba.Plans;
using Amoeba.Tools.Chat;
using Amoeba.Tools.Fetch;

namespace Amoeba.Hosting.Binding;

/// <summary>
/// What headers of `fetch` take from variables and files. A plan may name only what the configuration lists: a plan may
/// come from anywhere, and says itself where its requests go. Each is read once, so that
/// what is masked is what is sent.
/// </summary>
internal sealed class HeaderSecrets(
    IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> inherit, IReadOnlyList<string> listed)
{
    private readonly ModelKeys _keys = new(environment);
    private readonly ConcurrentDictionary<string, (string? Value, string Why)> _read = new(StringComparer.Ordinal);

    /// <summary>The header's value.</summary>
    /// <exception cref="PlanException">It cannot be had; the value of a secret is in no message.</exception>
    public string Fill(string header, HeaderSecret secret) => Refused(header, secret) is { } refused
        ? throw new PlanException(refused)
        : Read(secret.Place) is { Value: { } value } ? secret.Before + value
        : throw new PlanException(Lacking(header, secret)!);

    /// <summary>Why a plan may not say so; null where it may.</summary>
    public string? Refused(string header, HeaderSecret secret)
    {
        if (FetchHeaders.IsHarmless(header))
            return $"fetch: the header {header} goes to every host that a redirect leads to; no secret belongs into it";
        if (listed.Contains(secret.Place) || (secret.Name is { } name && inherit.Contains(name))) return null;
        return $"fetch: the header {header} is to hold {secret.Place}, which the configuration does not list; "
            + $"let it say fetch: {{ secrets: [\"{secret.Place}\"] }}, if that plan is to have it";
    }

    /// <summary>Why there is no value; null where there is one.</summary>
    public string? Lacking(string header, HeaderSecret secret) => Read(secret.Place) is { Value: null, Why: var why }
        ? $"fetch: nothing for the header {header}: {why}"
        : null;

    /// <summary>
    /// All that a plan's headers name and that is there: what must not be seen in outputs and errors.
    /// </summary>
    public IEnumerable<string> Of(PlanSpec plan) => InHeaders(plan)
        .Where(named => Refused(named.Header, named.Secret) is null)
        .Select(named => Read(named.Secret.Place).Value).OfType<string>();

    /// <summary>Every header of a plan that names one.</summary>
    public static IEnumerable<(TaskSpec Task, string Header, HeaderSecret Secret)> InHeaders(PlanSpec plan) =>
        from task in plan.Tasks
        from fetch in task.Do.OfType<FetchSpec>()
        from header in fetch.Headers
        let secret = HeaderSecret.Of(header.Value)
        where secret is not null
        select (task, header.Key, secret);

    private (string? Value, string Why) Read(string place) => _read.GetOrAdd(place, named =>
    {
        var value = _keys.Find(KeyReference.Parse(named)!, out var why);
        return (value, why);
    });
}
