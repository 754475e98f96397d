using Amoeba.Scheduling;

namespace Amoeba.Models;

/// <summary>One name of the configuration's `models`: a server, and what is known of the models it has.</summary>
internal sealed record ModelEntry
{
    public required string Name { get; init; }

    public required ModelKind Kind { get; init; }

    /// <summary>
    /// Where its interface begins, without a slash at the end; null only for <see cref="ModelKind.Own"/>.
    /// </summary>
    public Uri? Url { get; init; }

    /// <summary>Null: it asks for none.</summary>
    public KeyReference? Key { get; init; }

    /// <summary>The model where a plan gives only the name.</summary>
    public string? Model { get; init; }

    /// <summary>Null: not given; the table is asked.</summary>
    public TokenPrice? Price { get; init; }

    public QuotaSpec? Quota { get; init; }

    /// <summary>Tokens that one call may read and write together; null: not given.</summary>
    public int? Context { get; init; }

    /// <summary>Sent with every request; values may be secret.</summary>
    public IReadOnlyDictionary<string, KeyReference> Headers { get; init; } = new Dictionary<string, KeyReference>();

    /// <summary>What holds of one of its models alone.</summary>
    public IReadOnlyDictionary<string, ModelDetail> Models { get; init; } = new Dictionary<string, ModelDetail>();

    /// <summary>On this machine.</summary>
    public bool IsLoopback => Url?.IsLoopback == true;
}

/// <summary>What the configuration says of one model of a server.</summary>
internal sealed record ModelDetail(TokenPrice? Price, QuotaSpec? Quota, int? Context = null);
