using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Amoeba.Models;

/// <summary>A price with where it was read and when.</summary>
internal sealed record ListedPrice(string Model, decimal Input, decimal? Cached, decimal Output)
{
    public TokenPrice Price => new(Input, Output, Cached);
}

/// <summary>A vendor's prices.</summary>
/// <param name="Host">The host that asks them; another one that serves the same models has prices of its own.</param>
/// <param name="Source">The vendor's page of prices.</param>
/// <param name="Date">The month that they are of.</param>
/// <param name="Verified">They were read from that page itself.</param>
/// <param name="Note">Where they are from otherwise, and what they leave out.</param>
/// <param name="Prices">By model.</param>
internal sealed record VendorPrices(
    string Host, string Source, string Date, bool Verified, string Note, IReadOnlyList<ListedPrice> Prices)
{
    /// <summary>How old and how sure they are, for a person.</summary>
    public string Standing => Verified ? Date : $"{Date}, not verified";
}

/// <summary>
/// What vendors ask for their models. It is only as fresh as its dates; the configuration goes before it.
/// </summary>
internal sealed class PriceTable(IReadOnlyList<VendorPrices> vendors)
{
    private static readonly Lazy<PriceTable> Shipped = new(Load);

    public static PriceTable Default => Shipped.Value;

    public IReadOnlyList<VendorPrices> Vendors => vendors;

    /// <summary>
    /// The price of a model at a host, with where it is from; null where it is not listed. A name with a date or
    /// `latest` behind it, such as gpt-4o-2024-08-06, is the one without.
    /// </summary>
    public (TokenPrice Price, string Source)? Find(string host, string model)
    {
        var vendor = vendors.FirstOrDefault(vendor => vendor.Host.Equals(host, StringComparison.OrdinalIgnoreCase));
        var listed = vendor?.Prices.FirstOrDefault(price => IsOf(model, price.Model));
        return listed is null ? null : (listed.Price, $"{vendor!.Source}, {vendor.Standing}");
    }

    private static bool IsOf(string model, string listed)
    {
        if (!model.StartsWith(listed, StringComparison.OrdinalIgnoreCase)) return false;
        var rest = model.AsSpan(listed.Length);
        return rest.IsEmpty || rest is "-latest" || (rest.Length >= 9 && rest[0] == '-' && IsDate(rest[1..]));
    }

    private static bool IsDate(ReadOnlySpan<char> text)
    {
        var digits = 0;
        foreach (var c in text)
        {
            if (char.IsAsciiDigit(c)) digits++;
            else if (c != '-') return false;
        }

        return digits == 8;
    }

    private static PriceTable Load()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("Amoeba.Models.prices.json")!;
        return new PriceTable(JsonSerializer.Deserialize(stream, PriceJson.Default.IReadOnlyListVendorPrices)!);
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyList<VendorPrices>))]
internal sealed partial class PriceJson : JsonSerializerContext;
