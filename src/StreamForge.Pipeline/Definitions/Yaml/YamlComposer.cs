using System.Collections.Immutable;
using StreamForge.Pipeline.Definitions.Reading;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace StreamForge.Pipeline.Definitions.Yaml;

/// <summary>
/// Builds the tree of one YAML document from parser events, with the place of every node and variables filled in. Anchors, aliases and merge
/// keys (<c>&lt;&lt;</c>) are resolved: an alias is the anchor's node itself, so that a fault in it points at the anchor and is said once.
/// Duplicate keys, unknown anchors and foreign tags are faults; the first of duplicate keys counts. Broken syntax ends the reading with one fault.
/// </summary>
internal sealed class YamlComposer
{
    /// <summary>Deeper than any pipeline file; the composer recurses, and a stack has an end.</summary>
    private const int MaxDepth = 64;

    private readonly string _text;
    private readonly LineIndex _lines;
    private readonly Variables _variables;
    private readonly FaultLog _faults;
    private readonly Parser _parser;
    private readonly Dictionary<string, YamlNode> _anchors = new(StringComparer.Ordinal);
    private readonly Stack<long> _open = new();

    private YamlComposer(string text, LineIndex lines, Variables variables, FaultLog faults)
    {
        (_text, _lines, _variables, _faults) = (text, lines, variables, faults);
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>The document's root, or null after a fault: broken syntax, an empty document, a second document.</summary>
    public static YamlNode? Compose(string text, string file, Variables variables, FaultLog faults)
    {
        var lines = new LineIndex(file, text);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] >= ' ' || text[i] is '\t' or '\n' or '\r') continue;
            faults.Add(lines.At(i), $"the control character U+{(int)text[i]:X4} cannot stand in YAML; remove it, or write it as an escape within double quotes");
            return null;
        }
        return new YamlComposer(text, lines, variables, faults).Document();
    }

    private ParsingEvent Event => _parser.Current!;

    private YamlNode? Document()
    {
        YamlNode? root = null;
        try
        {
            while (_parser.MoveNext())
            {
                if (Event is not DocumentStart) continue;
                if (root is not null)
                {
                    _faults.Add(Place(Event), "a second document begins here; a pipeline file holds one, so move this one to a file of its own");
                    break;
                }
                _parser.MoveNext();
                root = Node(0);
            }
            if (root is null or YamlScalar { IsNull: true, Readable: true })
                _faults.Add(_lines.At(0), "the file is empty; a pipeline has at least 'metadata' with a name, and 'sources'");
            return root;
        }
        catch (YamlException error)
        {
            _faults.Add(YamlSyntax.Explain(error, _text, _lines));
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException or IndexOutOfRangeException)
        {
            // The parser meets the end of the text in the middle of a flow collection, or finds none at all, with these.
            if (_open.TryPeek(out var opened)) _faults.Add(_lines.At(opened), "this is not valid YAML: the bracket that opens here is not closed as it should be");
            else _faults.Add(_lines.At(_parser.Current?.End.Index ?? 0), "this is not valid YAML: the text ends, or changes its form, in the middle of a value");
        }
        return null;
    }

    private SourceLocation Place(ParsingEvent e) => _lines.At(e.Start.Index);

    private YamlNode Node(int depth)
    {
        var place = Place(Event);
        if (depth > MaxDepth) throw new YamlException(Event.Start, Event.End, $"more than {MaxDepth} levels of nesting.");
        if (Event is AnchorAlias alias)
        {
            if (_anchors.TryGetValue(alias.Value.Value, out var target)) return target;
            _faults.Add(place, $"no anchor '&{alias.Value.Value}' stands above this alias{DefinitionText.Suggest(alias.Value.Value, _anchors.Keys)}");
            return Missing(place);
        }
        if (Event is not NodeEvent start) throw new YamlException(Event.Start, Event.End, "A value was expected here.");
        if (!start.Tag.IsEmpty && !start.Tag.IsNonSpecific && !start.Tag.Value.StartsWith("tag:yaml.org,2002:", StringComparison.Ordinal))
            _faults.Add(place, $"the tag {DefinitionText.Quote(start.Tag.Value)} means nothing in a pipeline file; remove it");
        YamlNode node = start switch
        {
            Scalar scalar => Scalar(scalar),
            SequenceStart list => Sequence(list, place, depth),
            _ => Mapping((MappingStart)start, place, depth),
        };
        if (!start.Anchor.IsEmpty) _anchors[start.Anchor.Value] = node;
        return node;
    }

    private YamlSequence Sequence(SequenceStart start, SourceLocation place, int depth)
    {
        var flow = start.Style == SequenceStyle.Flow;
        if (flow) _open.Push(start.Start.Index);
        var items = ImmutableArray.CreateBuilder<YamlNode>();
        while (_parser.MoveNext() && Event is not SequenceEnd) items.Add(Node(depth + 1));
        if (flow) _open.Pop();
        return new YamlSequence(place, items.ToImmutable());
    }

    private YamlMapping Mapping(MappingStart start, SourceLocation place, int depth)
    {
        var flow = start.Style == MappingStyle.Flow;
        if (flow) _open.Push(start.Start.Index);
        var entries = new List<YamlEntry>();
        var merged = new List<YamlNode>();
        while (_parser.MoveNext() && Event is not MappingEnd)
        {
            var keyNode = Node(depth + 1);
            _parser.MoveNext();
            var value = Node(depth + 1);
            if (keyNode is not YamlScalar key) _faults.Add(keyNode.Location, $"a field's name must be a single word, not {keyNode.Kind}");
            else if (key is { Plain: true, Value: "<<" }) merged.Add(value);
            else if (entries.FirstOrDefault(e => e.Key.Value == key.Value) is { Key: { } first })
                _faults.Add(key.Location, $"the key {key.Quoted} is already given at line {first.Location.Line}; keep one of the two");
            else entries.Add(new YamlEntry(key, value));
        }
        if (flow) _open.Pop();
        foreach (var source in merged) Merge(source, entries);
        return new YamlMapping(place, [.. entries]);
    }

    /// <summary>The merge key of YAML 1.1: entries of a mapping, or of each mapping of a list, that are not given already.</summary>
    private void Merge(YamlNode source, List<YamlEntry> entries)
    {
        if (source is YamlScalar { Readable: false }) return;
        foreach (var node in source is YamlSequence list ? list.Items : [source])
        {
            if (node is YamlMapping mapping) entries.AddRange(mapping.Entries.Where(m => entries.All(e => e.Key.Value != m.Key.Value)));
            else _faults.Add(node.Location, $"'<<' merges a mapping, or a list of mappings, not {node.Kind}");
        }
    }

    private YamlScalar Scalar(Scalar scalar)
    {
        var place = Place(scalar);
        var origins = ScalarOrigins.Find(_text, (int)scalar.Start.Index, (int)scalar.End.Index, scalar.Value, scalar.Style);
        var readable = true;
        var written = origins;
        var value = scalar.IsKey ? scalar.Value : _variables.Fill(scalar.Value, ref origins, (at, sentence) =>
        {
            readable = false;
            _faults.Add(_lines.At(written[at] < 0 ? scalar.Start.Index : written[at]), sentence);
        });
        var tag = scalar.Tag.IsEmpty ? "" : scalar.Tag.Value;
        var plain = tag.Length == 0 ? scalar.Style == ScalarStyle.Plain : tag != "!" && !tag.EndsWith(":str", StringComparison.Ordinal);
        return new YamlScalar(place, Locate(value, origins, place), scalar.Value, plain, readable);
    }

    private YamlScalar Missing(SourceLocation place) => new(place, Locate("", [], place), "", plain: true, readable: false);

    /// <summary>Gathers characters that stand side by side in the value and in the file into segments.</summary>
    private LocatedText Locate(string value, int[] origins, SourceLocation place)
    {
        var segments = ImmutableArray.CreateBuilder<TextSegment>();
        var (line, lineStart, begin) = (1, 0, -1);
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] == '\n')
            {
                (line, lineStart, begin) = (line + 1, i + 1, -1);
                continue;
            }
            if (origins[i] < 0) continue;
            if (begin >= 0 && origins[i] - origins[begin] == i - begin)
            {
                segments[^1] = segments[^1] with { Length = i - begin + 1 };
                continue;
            }
            begin = i;
            var at = _lines.At(origins[i]);
            segments.Add(new TextSegment(line, i - lineStart + 1, 1, at.Line, at.Column));
        }
        var location = segments.Count == 0 ? place : place with { Line = segments[0].FileLine, Column = segments[0].FileColumn };
        return new LocatedText(value, location, [location.Column]) { Segments = segments.ToImmutable() };
    }
}
