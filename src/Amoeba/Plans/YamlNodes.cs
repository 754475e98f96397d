using System.Buffers;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Amoeba.Plans;

/// <summary>
/// YAML text to nodes. Plain scalars are resolved by the core schema of YAML 1.2; quoted ones are text.
/// </summary>
internal sealed class YamlNodes
{
    private readonly Parser _parser;
    private readonly Dictionary<string, (PlanNode? Node, int Size, int Height)> _anchors = new(StringComparer.Ordinal);
    private int _aliased;

    private YamlNodes(string text) => _parser = new Parser(new StringReader(text));

    /// <summary>Null: the text holds no document.</summary>
    /// <exception cref="NodeException">The text is not YAML, repeats a name, or is over a limit.</exception>
    public static PlanNode? Read(string text)
    {
        var nodes = new YamlNodes(text);
        try
        {
            return nodes.ReadDocument();
        }
        catch (YamlException exception)
        {
            throw new NodeException(At(exception.Start), $"not valid YAML: {exception.Message.TrimEnd('.')}.");
        }
        catch (Exception exception) when (exception is not NodeException)
        {
            // The scanner has states of its own making that it leaves with an exception of the runtime.
            throw new NodeException(At(nodes._parser.Current?.End ?? Mark.Empty), "not valid YAML after this point.");
        }
    }

    private PlanNode? ReadDocument()
    {
        Next();
        if (Next() is StreamEnd) return null;
        Next();
        var root = ReadValue(1).Node;
        Next();
        if (Next() is DocumentStart more)
            throw new NodeException(At(more.Start), "a second document begins; one is read.");
        return root.Kind == NodeKind.Null ? null : root;
    }

    private ParsingEvent Next()
    {
        _parser.MoveNext();
        return _parser.Current!;
    }

    /// <summary>Reads the value at the current event; size and height are those with aliases written out.</summary>
    private (PlanNode Node, int Size, int Height) ReadValue(int depth)
    {
        var current = _parser.Current!;
        var at = At(current.Start);
        if (current is AnchorAlias alias) return Aliased(alias, at, depth);
        if (depth > NodeReader.MaxDepth) throw TooDeep(at);
        var anchor = ((NodeEvent)current).Anchor;
        if (!anchor.IsEmpty) _anchors[anchor.Value] = default;
        var value = current switch
        {
            Scalar scalar => (ReadScalar(scalar, at), 1, 1),
            SequenceStart start => ReadList(start, at, depth),
            _ => ReadMap((MappingStart)current, at, depth),
        };
        if (!anchor.IsEmpty) _anchors[anchor.Value] = value;
        return value;
    }

    private (PlanNode Node, int Size, int Height) Aliased(AnchorAlias alias, NodePosition at, int depth)
    {
        if (!_anchors.TryGetValue(alias.Value.Value, out var value))
        {
            throw new NodeException(at, $"*{alias.Value}: there is no anchor of this name before it.");
        }

        if (value.Node is null)
            throw new NodeException(at, $"*{alias.Value}: an alias cannot stand within its own anchor.");
        if (depth + value.Height - 1 > NodeReader.MaxDepth) throw TooDeep(at);
        _aliased += value.Size;
        if (_aliased > NodeReader.MaxAliasedNodes)
        {
            throw new NodeException(at, $"aliases stand for more than {NodeReader.MaxAliasedNodes} values.");
        }

        return (value.Node, value.Size, value.Height);
    }

    private (PlanNode Node, int Size, int Height) ReadList(SequenceStart start, NodePosition at, int depth)
    {
        RefuseTag(start.Tag, "seq", at);
        var items = new List<PlanNode>();
        int size = 1, height = 0;
        while (Next() is not SequenceEnd)
        {
            var value = ReadValue(depth + 1);
            items.Add(value.Node);
            (size, height) = (size + value.Size, Math.Max(height, value.Height));
        }

        return (new PlanNode(NodeKind.List, at) { Items = items }, size, height + 1);
    }

    private (PlanNode Node, int Size, int Height) ReadMap(MappingStart start, NodePosition at, int depth)
    {
        RefuseTag(start.Tag, "map", at);
        var entries = new List<PlanEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        int size = 1, height = 0;
        while (Next() is not MappingEnd)
        {
            var nameAt = At(_parser.Current!.Start);
            var name = ReadValue(depth + 1).Node;
            if (!name.IsScalar) throw new NodeException(nameAt, $"a name is a plain word, not {name.Words}.");
            if (!names.Add(name.Text)) throw new NodeException(nameAt, $"{name.Text}: the name is there twice.");
            Next();
            var value = ReadValue(depth + 1);
            entries.Add(new PlanEntry(name.Text, nameAt, value.Node));
            (size, height) = (size + 1 + value.Size, Math.Max(height, value.Height));
        }

        return (new PlanNode(NodeKind.Map, at) { Entries = entries }, size, height + 1);
    }

    private static PlanNode ReadScalar(Scalar scalar, NodePosition at)
    {
        if (!scalar.Tag.IsEmpty && !scalar.Tag.IsNonSpecific) RefuseTag(scalar.Tag, "str", at);
        var kind = scalar.Tag.IsEmpty && scalar.Style == ScalarStyle.Plain ? Resolve(scalar.Value) : NodeKind.Text;
        return new PlanNode(kind, at) { Text = scalar.Value };
    }

    private static NodeKind Resolve(string text) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => NodeKind.Null,
        "true" or "True" or "TRUE" or "false" or "False" or "FALSE" => NodeKind.Bool,
        _ => IsNumber(text) ? NodeKind.Number : NodeKind.Text,
    };

    private static readonly SearchValues<char> NumberStart = SearchValues.Create("0123456789+-.");
    private static readonly SearchValues<char> NumberRest = SearchValues.Create("0123456789+-.eE");

    private static bool IsNumber(string text) =>
        NumberStart.Contains(text[0]) && !text.AsSpan().ContainsAnyExcept(NumberRest)
        && double.TryParse(text, PlanUnits.Decimal, PlanUnits.Culture, out _);

    private static void RefuseTag(TagName tag, string allowed, NodePosition at)
    {
        if (!tag.IsEmpty && !tag.IsNonSpecific && tag.Value != $"tag:yaml.org,2002:{allowed}")
        {
            throw new NodeException(at, $"the tag {tag.Value} has no meaning here; leave it out.");
        }
    }

    private static NodeException TooDeep(NodePosition at) =>
        new(at, $"nested deeper than {NodeReader.MaxDepth} levels.");

    private static NodePosition At(Mark mark) => new((int)mark.Line, (int)mark.Column);
}
