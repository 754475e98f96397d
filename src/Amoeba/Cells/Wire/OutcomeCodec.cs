using System.Globalization;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;

namespace Amoeba.Cells.Wire;

/// <summary>What a tool made of its task, with what it cost.</summary>
internal static class OutcomeCodec
{
    public static WireWriter Write(int number, in ToolOutcome outcome)
    {
        var tokens = outcome.Tokens;
        return new WireWriter(FrameKind.Result, 128)
            .Add(number).Add((byte)outcome.End).Add(Cut(outcome.Error))
            .Add((long?)outcome.CutBefore).Add((byte)(outcome.IsCutShort || IsLong(outcome.Error) ? 1 : 0))
            .Add(outcome.PeakMemory).Add(outcome.CpuSeconds)
            .Add(tokens.Input).Add(tokens.Output).Add(tokens.Cached).Add(tokens.Reasoning)
            .Add(outcome.CostUsd.ToString(CultureInfo.InvariantCulture)).Add(Cut(outcome.Note));
    }

    /// <exception cref="InvalidDataException">It is no result.</exception>
    public static (int Number, ToolOutcome Outcome) Read(ReadOnlySpan<byte> content)
    {
        var from = new WireReader(content);
        var number = from.Int();
        var end = (AttemptEnd)from.Byte();
        if (!Enum.IsDefined(end)) throw new InvalidDataException($"end {(int)end} is not known");
        var outcome = new ToolOutcome(end, from.TextOrNull())
        {
            CutBefore = from.LongOrNull() is { } at ? (int)Math.Clamp(at, 0, int.MaxValue) : null,
            IsCutShort = from.Byte() != 0,
            PeakMemory = from.LongOrNull(),
            CpuSeconds = from.DoubleOrNull(),
            Tokens = new TokenCounts(from.Long(), from.Long(), from.Long(), from.Long()),
            CostUsd = decimal.TryParse(from.Text(), CultureInfo.InvariantCulture, out var usd)
                ? usd
                : throw new InvalidDataException("a cost is no number"),
            Note = from.TextOrNull(),
        };
        return (number, outcome);
    }

    /// <summary>What follows a cut is for whoever knows the secrets to say.</summary>
    private static string? Cut(string? text) => IsLong(text) ? text![..Protocol.LongestText] : text;

    private static bool IsLong(string? text) => text is { Length: > Protocol.LongestText };
}
