using System.Buffers;
using Amoeba.Engine.Ports;
using Amoeba.Engine.Records;
using Amoeba.Plans;

namespace Amoeba.Merging;

/// <summary>
/// Joins the results of a job's succeeded tasks in plan order. It holds one output at a time, so a million results need
/// no more memory than the largest of them.
/// </summary>
internal static class Merger
{
    private const int Piece = 64 * 1024;

    /// <param name="spec">Which way; `run` is a task and not done here.</param>
    /// <param name="rows">The succeeded tasks in plan order. A csv reads them twice, to head every field.</param>
    /// <param name="read">Opens an output.</param>
    /// <param name="into">Takes the merged output.</param>
    /// <param name="vars">The plan's variables, for a markdown template that names any.</param>
    /// <param name="cancel">Looked at between results.</param>
    /// <returns>False where <paramref name="into"/> took all it may: the merged output is cut there.</returns>
    /// <exception cref="PlanException">A template asks for a field that an item lacks.</exception>
    /// <exception cref="OutputDamagedException">A recorded output is gone or damaged.</exception>
    public static bool Merge(
        MergeSpec spec,
        IEnumerable<MergeRow> rows,
        Func<OutputRef, Stream> read,
        IOutputWriter into,
        IReadOnlyDictionary<string, string>? vars = null,
        CancellationToken cancel = default)
    {
        var (input, sink) = (new MergeInput(read), new MergeSink(into));
        rows = UntilDone(rows, sink, cancel);
        switch (spec.Kind)
        {
            case MergeKind.Concat: Raw(rows, input, sink, ended: false); break;
            case MergeKind.Lines: Raw(rows, input, sink, ended: true); break;
            case MergeKind.Json: JsonMerge.Array(rows, input, sink); break;
            case MergeKind.Jsonl: JsonMerge.Lines(rows, input, sink); break;
            case MergeKind.Csv: CsvMerge.Write(rows, input, sink); break;
            case MergeKind.Markdown: MarkdownMerge.Write(spec.Template!, rows, input, sink, vars); break;
            default: throw new ArgumentOutOfRangeException(nameof(spec), spec.Kind, "This merge is a task of its own.");
        }

        sink.Flush();
        return !sink.IsFull;
    }

    private static IEnumerable<MergeRow> UntilDone(IEnumerable<MergeRow> rows, MergeSink sink, CancellationToken cancel)
    {
        foreach (var row in rows)
        {
            cancel.ThrowIfCancellationRequested();
            if (sink.IsFull)
                yield break;
            yield return row;
        }
    }

    private static void Raw(IEnumerable<MergeRow> rows, MergeInput input, MergeSink sink, bool ended)
    {
        var piece = ArrayPool<byte>.Shared.Rent(Piece);
        foreach (var row in rows)
        {
            byte last = 0;
            using var stream = input.Open(row);
            for (int count; (count = stream.Read(piece, 0, Piece)) > 0; last = piece[count - 1])
                sink.Write(piece.AsSpan(0, count));
            if (ended && last != '\n')
                sink.Write("\n"u8);
        }

        ArrayPool<byte>.Shared.Return(piece);
    }
}
