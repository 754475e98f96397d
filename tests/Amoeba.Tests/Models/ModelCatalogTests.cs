using Amoeba.Models;
using Amoeba.Scheduling;

namespace Amoeba.Tests.Models;

public sealed class ModelCatalogTests
{
    private static readonly ModelEntry Local =
        new() { Name = "local", Kind = ModelKind.OpenAi, Url = new Uri("http://127.0.0.1:11434/v1") };
    private static readonly ModelEntry Vendor =
        new()
        {
            Name = "vendor",
            Kind = ModelKind.OpenAi,
            Url = new Uri("https://api.openai.com/v1"),
            Model = "gpt-4o"
        };
    private static readonly ModelEntry Remote = new()
    {
        Name = "remote",
        Kind = ModelKind.OpenAi,
        Url = new Uri("https://models.example/v1"),
        Quota = new QuotaSpec(1),
        Models = new Dictionary<string, ModelDetail> { ["a/b"] = new(new TokenPrice(1, 2), new QuotaSpec(2)) },
    };

    private readonly ModelCatalog _catalog = new([Local, Vendor, Remote]);

    [Theory]
    [InlineData("local/llama3:8b", "llama3:8b", false)]
    [InlineData("vendor", "gpt-4o", true)]
    [InlineData("vendor/gpt-4o-2024-08-06", "gpt-4o-2024-08-06", true)]
    [InlineData("remote/a/b", "a/b", true)]
    [InlineData("remote/unknown", "unknown", true)]
    public void A_model_is_found_and_it_is_known_whether_it_costs(string name, string model, bool costs)
    {
        var found = _catalog.Find(name, out _)!;
        Assert.Equal((model, costs), (found.Model, found.CostsMoney));
    }

    [Fact]
    public void What_is_said_of_one_model_goes_before_what_is_said_of_all()
    {
        Assert.Equal((new TokenPrice(1, 2), 2),
            (_catalog.Find("remote/a/b", out _)!.Price, _catalog.Find("remote/a/b", out _)!.Quota!.Concurrency));
        Assert.Equal((null, 1),
            (_catalog.Find("remote/c", out _)!.Price, _catalog.Find("remote/c", out _)!.Quota!.Concurrency));
    }

    [Theory]
    [InlineData("lokal/m", "configured are local, remote, vendor")]
    [InlineData("local", "says no model: write local/MODEL")]
    public void What_is_not_there_is_said_with_what_is(string name, string words)
    {
        Assert.Null(_catalog.Find(name, out var why));
        Assert.Contains(words, why, StringComparison.Ordinal);
    }

    [Fact]
    public void Listed_prices_are_dated_sourced_and_whole()
    {
        foreach (var vendor in PriceTable.Default.Vendors)
        {
            Assert.Matches("^20[0-9]{2}-[0-9]{2}$", vendor.Date);
            Assert.StartsWith("https://", vendor.Source, StringComparison.Ordinal);
            Assert.Equal(vendor.Prices.Count, vendor.Prices.Select(price => price.Model).Distinct().Count());
            Assert.All(vendor.Prices, price => Assert.True(
                price is { Input: > 0, Output: > 0 } && price.Output >= price.Input
                    && (price.Cached is null || price.Cached < price.Input), price.Model));
        }
    }

    [Theory]
    [InlineData("gpt-4o", 2.5)]
    [InlineData("gpt-4o-mini", 0.15)]
    [InlineData("gpt-4o-mini-2024-07-18", 0.15)]
    [InlineData("gpt-4o-audio-preview", null)]
    [InlineData("gpt-9", null)]
    public void A_name_with_its_date_has_the_price_of_the_one_without(string model, double? input) =>
        Assert.Equal((decimal?)input, PriceTable.Default.Find("api.openai.com", model)?.Price.Input);

    [Fact]
    public void Cached_tokens_have_a_price_of_their_own_or_that_of_the_input()
    {
        Assert.Equal(1m + 10m + 0.5m, new TokenPrice(1, 10, 0.5m).Of(1_000_000, 1_000_000, 1_000_000));
        Assert.Equal(1m + 10m + 1m, new TokenPrice(1, 10).Of(1_000_000, 1_000_000, 1_000_000));
    }
}
