using System.Globalization;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;

namespace Amoeba.Tools.Chat;

/// <summary>
/// What the calls of an attempt took, noted one by one: when its parent dies before the attempt is recorded, the next
/// attempt finds the notes and counts them in. Safe from any thread.
/// </summary>
internal sealed class SpentNotes(string folder, int attempt)
{
    private const string Prefix = "spent-";

    private readonly Lock _lock = new();
    private readonly string _own =
        Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{attempt}"));

    /// <summary>What attempts took that never came to be recorded.</summary>
    public (TokenCounts Tokens, decimal CostUsd) Left()
    {
        var (tokens, usd) = (default(TokenCounts), 0m);
        foreach (var file in Files())
        {
            foreach (var line in File.ReadLines(file))
            {
                // The last line may be torn; its end mark is then missing.
                if (line.Split(' ') is not [var input, var output, var cached, var thought, var cost, "."]) continue;
                tokens += new TokenCounts(Number(input), Number(output), Number(cached), Number(thought));
                usd += decimal.Parse(cost, CultureInfo.InvariantCulture);
            }
        }

        return (tokens, usd);
    }

    /// <exception cref="StoreUnusableException">It cannot be written: the disk is full.</exception>
    public void Add(TokenCounts tokens, decimal usd)
    {
        if (tokens == default && usd == 0) return;
        var line = string.Create(CultureInfo.InvariantCulture,
            $"{tokens.Input} {tokens.Output} {tokens.Cached} {tokens.Reasoning} {usd} .\n");
        try
        {
            lock (_lock)
            {
                Directory.CreateDirectory(folder);
                File.AppendAllText(_own, line);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnusableException($"What a merge took could not be noted: {fault.Message}", fault);
        }
    }

    /// <summary>All of it is in the attempt's figures now.</summary>
    public void Clear()
    {
        foreach (var file in Files()) File.Delete(file);
    }

    private string[] Files() => Directory.Exists(folder) ? Directory.GetFiles(folder, Prefix + "*") : [];

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
