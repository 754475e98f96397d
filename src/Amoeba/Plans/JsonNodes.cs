using System.Text;
using System.Text.Json;

namespace Amoeba.Plans;

/// <summary>JSON text to nodes, with positions.</summary>
internal ref struct JsonNodes
{
    private readonly ReadOnlySpan<byte> _utf8;
    private Utf8JsonReader _reader;
    private int _seen;
    private int _line;
    private int _column;

    private JsonNodes(ReadOnlySpan<byte> utf8)
    {
        _utf8 = utf8;
        _reader = new Utf8JsonReader(utf8, new JsonReaderOptions
        {
            MaxDepth = NodeReader.MaxDepth + 2,
            AllowTrailingCommas = true,
            CommentHandling = JsonCommentHandling.Skip,
        });
        (_line, _column) = (1, 1);
    }

    /// <exception cref="NodeException">The text is not JSON, repeats a name, or is nested too deeply.</exception>
    public static PlanNode Read(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        try
        {
            var nodes = new JsonNodes(utf8);
            nodes._reader.Read();
            var root = nodes.ReadValue(1);
            nodes._reader.Read();
            return root;
        }
        catch (JsonException exception)
        {
            throw new NodeException(Position(utf8, exception), $"not valid JSON: {Reason(exception)}");
        }
    }

    private PlanNode ReadValue(int depth)
    {
        var at = Here();
        if (depth > NodeReader.MaxDepth)
            throw new NodeException(at, $"nested deeper than {NodeReader.MaxDepth} levels.");
        return _reader.TokenType switch
        {
            JsonTokenType.StartObject => ReadMap(at, depth),
            JsonTokenType.StartArray => ReadList(at, depth),
            JsonTokenType.String => new PlanNode(NodeKind.Text, at) { Text = ReadText(at) },
            JsonTokenType.Number =>
                new PlanNode(NodeKind.Number, at) { Text = Encoding.UTF8.GetString(_reader.ValueSpan) },
            JsonTokenType.True => new PlanNode(NodeKind.Bool, at) { Text = "true" },
            JsonTokenType.False => new PlanNode(NodeKind.Bool, at) { Text = "false" },
            _ => new PlanNode(NodeKind.Null, at),
        };
    }

    private PlanNode ReadMap(NodePosition at, int depth)
    {
        var entries = new List<PlanEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndObject)
        {
            var nameAt = Here();
            var name = ReadText(nameAt);
            if (!names.Add(name)) throw new NodeException(nameAt, $"{name}: the name is there twice.");
            _reader.Read();
            entries.Add(new PlanEntry(name, nameAt, ReadValue(depth + 1)));
        }

        return new PlanNode(NodeKind.Map, at) { Entries = entries };
    }

    private PlanNode ReadList(NodePosition at, int depth)
    {
        var items = new List<PlanNode>();
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(ReadValue(depth + 1));
        }

        return new PlanNode(NodeKind.List, at) { Items = items };
    }

    private readonly string ReadText(NodePosition at)
    {
        try
        {
            return _reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new NodeException(at, "not valid JSON: the text holds half of a surrogate pair.");
        }
    }

    private NodePosition Here()
    {
        Advance(_utf8[_seen..(int)_reader.TokenStartIndex], ref _line, ref _column);
        _seen = (int)_reader.TokenStartIndex;
        return new NodePosition(_line, _column);
    }

    private static void Advance(ReadOnlySpan<byte> bytes, ref int line, ref int column)
    {
        foreach (var b in bytes)
        {
            if (b == '\n') (line, column) = (line + 1, 1);
            else if ((b & 0xC0) != 0x80) column++;
        }
    }

    private static NodePosition Position(ReadOnlySpan<byte> utf8, JsonException exception)
    {
        int line = 1, column = 1, start = 0;
        for (var n = exception.LineNumber ?? 0; n > 0; n--)
        {
            start += utf8[start..].IndexOf((byte)'\n') + 1;
            line++;
        }

        var end = (int)Math.Min(start + (exception.BytePositionInLine ?? 0), utf8.Length);
        Advance(utf8[start..end], ref line, ref column);
        return new NodePosition(line, column);
    }

    /// <summary>Without the position, which our own message gives better.</summary>
    private static string Reason(JsonException exception)
    {
        var cut = exception.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return cut < 0 ? exception.Message : exception.Message[..cut];
    }
}
