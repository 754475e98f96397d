using System.Globalization;
using Amoeba.Cli.Json;
using Amoeba.Models;
using Amoeba.Tools.Chat;

namespace Amoeba.Cli.Commands;

/// <summary>
/// What `doctor` says of the models that are configured: reached, key there, price known. Never a key.
/// </summary>
internal static class DoctorModels
{
    public static async Task<IReadOnlyList<FactJson>> GatherAsync(IReadOnlyList<ModelEntry> entries, CliConsole console)
    {
        if (entries.Count == 0)
        {
            return [new("tools", "chat", DoctorFacts.Ok, "ready; no model is configured yet, "
                + "so that no plan can call one",
                "models: { local: { kind: openai, url: \"http://127.0.0.1:11434/v1\" } } in "
                    + "config.yaml or amoeba.yaml; "
                + "docs/models.md says more")];
        }

        var keys = new ModelKeys(console.Variables());
        using var http = new ChatHttp(console.Time);
        var facts = await Task.WhenAll(entries.Select(entry => LookAsync(http, entry, keys, console.Time)));
        return
        [
            new("tools", "chat", DoctorFacts.Ok,
                $"models: {string.Join(", ", entries.Select(entry => entry.Name))}", null),
            .. facts,
        ];
    }

    private static async Task<FactJson> LookAsync(ChatHttp http, ModelEntry entry, ModelKeys keys, TimeProvider time)
    {
        if (entry.Key is { } key && keys.Find(key, out var lacking) is null)
        {
            return new("models", entry.Name, DoctorFacts.Missing,
                $"{entry.Url}: not looked at; no key; {PriceWords(entry)}",
                $"{lacking} (models.{entry.Name}.key)");
        }

        var probe = await ModelProbe.LookAsync(http, entry, keys, time);
        return new("models", entry.Name, probe.Reached ? DoctorFacts.Ok : DoctorFacts.Missing,
            $"{entry.Url}: {probe.Words}; {KeyWords(entry)}; {PriceWords(entry)}", probe.Fix);
    }

    private static string KeyWords(ModelEntry entry) => entry.Key switch
    {
        null => "no key",
        { Place: KeyPlace.Literal } => "key in the configuration",
        var key => $"key at {key}",
    };

    private static string PriceWords(ModelEntry entry)
    {
        var listed = entry.Model ?? entry.Models.Keys.FirstOrDefault() ?? "";
        var spec = new ModelCatalog([entry]).Spec(entry, listed);
        if (spec.Price is { IsFree: true }) return $"free ({spec.PriceSource})";
        if (spec.Price is { } price)
        {
            var what = listed.Length > 0 ? $" of {listed}" : "";
            return string.Create(CultureInfo.InvariantCulture,
                $"${price.Input} in and ${price.Output} out a million tokens{what} ({spec.PriceSource})");
        }

        var vendor = PriceTable.Default.Vendors.FirstOrDefault(vendor => vendor.Host == entry.Url!.Host);
        return listed.Length == 0 && vendor is not null
            ? $"prices of {vendor.Prices.Count} models are known ({vendor.Standing})"
            : "price not known: it counts as costing";
    }
}
