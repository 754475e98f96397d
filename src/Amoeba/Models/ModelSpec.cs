using Amoeba.Scheduling;

namespace Amoeba.Models;

/// <summary>A model of a server, as a plan means it.</summary>
/// <param name="Entry">The server.</param>
/// <param name="Model">What the server calls it.</param>
/// <param name="Price">Null: not known.</param>
/// <param name="PriceSource">Where the price is from, for a person.</param>
internal sealed record ModelSpec(ModelEntry Entry, string Model, TokenPrice? Price, string PriceSource)
{
    /// <summary>NAME/MODEL: what quotas are kept by.</summary>
    public string Id => $"{Entry.Name}/{Model}";

    /// <summary>
    /// A call costs money, or may: a remote model whose price is not known counts as costing, one of this machine as
    /// free unless it has a price.
    /// </summary>
    public bool CostsMoney => Price is { } price
        ? !price.IsFree
        : Entry is not { IsLoopback: true } and not { Kind: ModelKind.Own };

    /// <summary>Tokens that one call may read and write together; null: nobody said.</summary>
    public int? Context => Entry.Models.GetValueOrDefault(Model)?.Context ?? Entry.Context;

    /// <summary>Null: none is set.</summary>
    public QuotaSpec? Quota => Entry.Models.GetValueOrDefault(Model)?.Quota ?? Entry.Quota;
}
