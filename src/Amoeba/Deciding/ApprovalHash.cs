using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Amoeba.Jobs;

namespace Amoeba.Deciding;

/// <summary>Exactly what an approval allows to run (SPEC 4.7).</summary>
internal sealed record ApprovalSubject
{
    /// <summary>The canonical plan after variables; what is known only later as its template.</summary>
    public required string PlanJson { get; init; }

    /// <summary>In plan order.</summary>
    public required IReadOnlyList<ApprovedItems> Items { get; init; }

    /// <summary>Each program's name in the plan with the path it was found at; null where it was not found.</summary>
    public required IReadOnlyDictionary<string, string?> Executables { get; init; }

    public required string Folder { get; init; }

    /// <summary>
    /// Names of the environment variables that children get; their values are not part of an approval.
    /// </summary>
    public required IReadOnlyCollection<string> Environment { get; init; }

    /// <summary>Folders of this machine that a cell lets children see.</summary>
    public IReadOnlyCollection<string> Mounts { get; init; } = [];

    /// <summary>Limits as they hold after defaults and caps.</summary>
    public required string LimitsJson { get; init; }

    public required string BudgetJson { get; init; }

    public required CellKind Cell { get; init; }

    public required int Width { get; init; }

    /// <summary>Each model that is called, with its server and its price; no keys.</summary>
    public IReadOnlyCollection<string> Models { get; init; } = [];

    /// <summary>By stage, the items whose results of earlier jobs are reused; empty where none are asked for.</summary>
    public IReadOnlyList<int> Reused { get; init; } = [];

    /// <summary>Hash of those results and of what they are reused for; empty where none are asked for.</summary>
    public string ReusedResults { get; init; } = "";
}

/// <param name="Stage">Id of the plan's entry.</param>
/// <param name="Count">Items of it.</param>
/// <param name="Hash">Hash of its spooled items; empty without `each`.</param>
internal sealed record ApprovedItems(string Stage, long Count, string Hash);

internal static class ApprovalHash
{
    private const string Version = "amoeba approval 1";

    /// <summary>
    /// `sha256:` and 64 hex digits. Every text goes in with its length before it and every list with its count, so that
    /// no two subjects run together into the same bytes; what has no order of its own is sorted.
    /// </summary>
    public static string Of(ApprovalSubject subject)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, Version);
        Add(hash, subject.PlanJson);
        Add(hash, subject.Items.Count);
        foreach (var items in subject.Items)
        {
            Add(hash, items.Stage);
            Add(hash, items.Count);
            Add(hash, items.Hash);
        }
        Add(hash, subject.Executables.Count);
        foreach (var name in subject.Executables.Keys.Order(StringComparer.Ordinal))
        {
            var path = subject.Executables[name];
            Add(hash, name);
            Add(hash, path is null ? 0 : 1);
            Add(hash, path ?? "");
        }
        Add(hash, subject.Folder);
        AddSorted(hash, subject.Environment);
        AddSorted(hash, subject.Mounts);
        Add(hash, subject.LimitsJson);
        Add(hash, subject.BudgetJson);
        Add(hash, Names.Of(subject.Cell));
        Add(hash, subject.Width);
        // A job that reuses nothing and calls no model has the hash that it had before there was either.
        foreach (var reused in subject.Reused)
            Add(hash, reused);
        if (subject.ReusedResults.Length > 0)
        {
            Add(hash, "reused");
            Add(hash, subject.ReusedResults);
        }

        if (subject.Models.Count > 0)
        {
            Add(hash, "models");
            AddSorted(hash, subject.Models);
        }

        return $"sha256:{Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }

    private static void AddSorted(IncrementalHash hash, IReadOnlyCollection<string> texts)
    {
        Add(hash, texts.Count);
        foreach (var text in texts.Order(StringComparer.Ordinal))
            Add(hash, text);
    }

    private static void Add(IncrementalHash hash, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Add(hash, bytes.Length);
        hash.AppendData(bytes);
    }

    private static void Add(IncrementalHash hash, long number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        hash.AppendData(bytes);
    }
}
