using System.Globalization;
using Amoeba.Plans;

namespace Amoeba.Merging;

/// <summary>A template filled in for each result; each begins on a line of its own.</summary>
internal static class MarkdownMerge
{
    public static void Write(
        Template template,
        IEnumerable<MergeRow> rows,
        MergeInput input,
        MergeSink sink,
        IReadOnlyDictionary<string, string>? vars)
    {
        foreach (var row in rows)
        {
            var text = template.Fill(new Scope(row, input, vars));
            sink.Write(text);
            if (!text.EndsWith('\n'))
                sink.Write("\n"u8);
        }
    }

    private sealed class Scope(
        MergeRow row, MergeInput input, IReadOnlyDictionary<string, string>? vars) : ITemplateScope
    {
        // A task without items goes by its own name.
        public string? Value(TemplatePart variable) => variable.Kind switch
        {
            VariableKind.Item => row.Item?.Text ?? row.Task,
            VariableKind.ItemField => row.Item?.Field(variable.Text),
            VariableKind.Index => row.Index.ToString(CultureInfo.InvariantCulture),
            VariableKind.Output => input.Text(row),
            VariableKind.Var => vars?.GetValueOrDefault(variable.Text),
            _ => null,
        };
    }
}
