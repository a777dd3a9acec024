using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Formats.Parquet.Thrift;

namespace StreamForge.Formats.Parquet.Reading;

/// <summary>Builds the tree of columns from the footer's list (parquet-format, LogicalTypes.md, "Nested Types" with its rules for older writers).</summary>
internal sealed class SchemaTree(List<SchemaElement> elements)
{
    private const int MaxDepth = 64;

    private int _next;

    public int Leaves { get; private set; }

    public ImmutableArray<ParquetColumn> Build()
    {
        if (elements.Count == 0) throw new DamagedParquetException("the schema is empty");
        var root = elements[_next++];
        var columns = Children(root, 0, 0, 0);
        return _next == elements.Count ? columns : throw new DamagedParquetException("the schema has elements that belong to no column");
    }

    private ImmutableArray<ParquetColumn> Children(SchemaElement parent, int definition, int repetition, int depth)
    {
        if (depth > MaxDepth) throw new DamagedParquetException($"columns are nested more than {MaxDepth} deep");
        if (parent.Children < 0 || parent.Children > elements.Count - _next) throw new DamagedParquetException($"{parent.Name} has {parent.Children} parts where {elements.Count - _next} elements are left");
        var children = ImmutableArray.CreateBuilder<ParquetColumn>(parent.Children);
        for (var left = parent.Children; left > 0; left--) children.Add(Node(definition, repetition, depth));
        return children.MoveToImmutable();
    }

    private ParquetColumn Node(int definition, int repetition, int depth)
    {
        if (_next >= elements.Count) throw new DamagedParquetException("the schema ends early");
        var element = elements[_next++];
        if (element.Repetition != Repetition.Repeated) return Single(element, definition, repetition, depth);
        // A repeated column that no list is around: an array of required elements.
        var single = Single(element, definition, repetition, depth);
        return new ParquetColumn(element.Name, element.FieldId, new DataType(TypeKind.Array), Repetition.Repeated, [single])
        {
            MaxDefinition = definition,
            MaxRepetition = repetition,
            ElementDefinition = definition + 1,
            ElementRepetition = repetition + 1,
        };
    }

    private ParquetColumn Single(SchemaElement element, int definition, int repetition, int depth)
    {
        if (element.Repetition != Repetition.Required) definition++;
        if (element.Repetition == Repetition.Repeated) repetition++;
        if (element.Type is not null)
        {
            var storage = LeafType.Of(element);
            return new ParquetColumn(element.Name, element.FieldId, storage.Type, element.Repetition, []) { MaxDefinition = definition, MaxRepetition = repetition, Leaf = Leaves++, Storage = storage };
        }
        var isList = element.Logical == LogicalKind.List || element.Converted == ConvertedType.List;
        var isMap = element.Logical == LogicalKind.Map || element.Converted is ConvertedType.Map or ConvertedType.MapKeyValue;
        if ((isList || isMap) && element.Children == 1 && _next < elements.Count && elements[_next].Repetition == Repetition.Repeated)
        {
            var repeated = elements[_next++];
            var children = isMap && repeated.Children == 2 ? Children(repeated, definition + 1, repetition + 1, depth + 1)
                : isList ? [Element(element, repeated, definition, repetition, depth)] : default;
            if (children.IsDefault) throw new DamagedParquetException($"the map {element.Name} has no key and value");
            return new ParquetColumn(element.Name, element.FieldId, new DataType(isMap ? TypeKind.Map : TypeKind.Array), element.Repetition, children)
            {
                MaxDefinition = definition,
                MaxRepetition = repetition,
                ElementDefinition = definition + 1,
                ElementRepetition = repetition + 1,
            };
        }
        var fields = Children(element, definition, repetition, depth + 1);
        if (fields.IsEmpty) throw new DamagedParquetException($"the group {element.Name} is empty");
        return new ParquetColumn(element.Name, element.FieldId, new DataType(TypeKind.Row), element.Repetition, fields) { MaxDefinition = definition, MaxRepetition = repetition };
    }

    /// <summary>A list's element: what the repeated group holds, or the repeated part itself where an older writer left the group out.</summary>
    private ParquetColumn Element(SchemaElement list, SchemaElement repeated, int definition, int repetition, int depth)
    {
        var isElement = repeated.Type is not null || repeated.Children != 1 || repeated.Name == "array" || repeated.Name == list.Name + "_tuple"
            || (_next < elements.Count && elements[_next].Repetition == Repetition.Repeated);
        return isElement ? Single(repeated, definition, repetition, depth + 1) : Children(repeated, definition + 1, repetition + 1, depth + 1)[0];
    }
}
