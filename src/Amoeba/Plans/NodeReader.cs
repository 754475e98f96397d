using System.Runtime.CompilerServices;

namespace Amoeba.Plans;

/// <summary>Reads YAML or JSON text into nodes, within limits.</summary>
internal static class NodeReader
{
    /// <summary>Characters a text may have.</summary>
    public const int MaxLength = 16 * 1024 * 1024;

    /// <summary>Levels of lists and maps within each other.</summary>
    public const int MaxDepth = 32;

    /// <summary>Nodes that aliases may stand for, all together.</summary>
    public const int MaxAliasedNodes = 100_000;

    /// <summary>Text that begins with a brace is JSON, any other YAML. Null: there is nothing in it.</summary>
    /// <exception cref="PlanException">The text cannot be read; says where and why.</exception>
    public static PlanNode? Read(string text, string sourceName)
    {
        if (text.Length > MaxLength)
        {
            throw new PlanException(
                $"{sourceName}: {text.Length} characters are too many; at most {MaxLength} are read.");
        }

        // A mark at the beginning says how the text was stored, and is no part of it.
        if (text.StartsWith('\uFEFF')) text = text[1..];
        var start = text.AsSpan().TrimStart(" \t\r\n");
        try
        {
            RefuseNul(text);
            return start.IsEmpty ? null : start[0] == '{' ? ReadBraced(text) : ReadYaml(text);
        }
        catch (NodeException exception)
        {
            throw new PlanException(PlanErrors.Format(sourceName, exception.At, "", exception.Message));
        }
    }

    /// <summary>The YAML library would take it for the end of the text, and leave out what follows.</summary>
    private static void RefuseNul(string text)
    {
        var at = text.IndexOf('\0', StringComparison.Ordinal);
        if (at < 0) return;
        var before = text.AsSpan(0, at);
        var position = new NodePosition(before.Count('\n') + 1, at - before.LastIndexOf('\n'));
        throw new NodeException(position, "a NUL character, which has no place in a text.");
    }

    /// <summary>A YAML flow map begins with a brace too, so what is no JSON gets a second chance.</summary>
    private static PlanNode? ReadBraced(string text)
    {
        try
        {
            return JsonNodes.Read(text);
        }
        catch (NodeException)
        {
            try
            {
                return ReadYaml(text);
            }
            catch (NodeException)
            {
                // The first complaint is about what the text looks like.
            }

            throw;
        }
    }

    /// <summary>Kept out of line so that plans in JSON never load the YAML library.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static PlanNode? ReadYaml(string text) => YamlNodes.Read(text);
}
