using System.Collections.Immutable;

namespace StreamForge.Iceberg.Spec;

/// <summary>A table's columns, by id (Iceberg specification, "Schemas").</summary>
public sealed class TableSchema : IEquatable<TableSchema>
{
    private readonly Dictionary<int, (NestedField Field, string Path)> _byId = [];

    /// <exception cref="ArgumentException">An id appears twice.</exception>
    public TableSchema(int schemaId, StructType columns, ImmutableArray<int> identifierFieldIds = default)
    {
        SchemaId = schemaId;
        Columns = columns;
        IdentifierFieldIds = identifierFieldIds.IsDefault ? [] : identifierFieldIds;
        foreach (var field in columns.Fields) Add(field, field.Name);
    }

    public int SchemaId { get; }

    public StructType Columns { get; }

    public ImmutableArray<NestedField> Fields => Columns.Fields;

    /// <summary>The fields that identify a row; possibly none.</summary>
    public ImmutableArray<int> IdentifierFieldIds { get; }

    /// <summary>The greatest id of any field, nested ones too; 0 when there is none.</summary>
    public int HighestId => _byId.Count == 0 ? 0 : _byId.Keys.Max();

    /// <summary>A column by name, compared exactly; nested fields have dotted names. Null when there is none.</summary>
    public NestedField? Find(string name)
    {
        foreach (var field in Fields)
        {
            if (field.Name == name) return field;
        }
        foreach (var (field, path) in _byId.Values)
        {
            if (path == name) return field;
        }
        return null;
    }

    /// <summary>A field by id, nested ones too; null when there is none.</summary>
    public NestedField? Find(int id) => _byId.TryGetValue(id, out var found) ? found.Field : null;

    /// <summary>A field's dotted name.</summary>
    public string? PathOf(int id) => _byId.TryGetValue(id, out var found) ? found.Path : null;

    private void Add(NestedField field, string path)
    {
        if (!_byId.TryAdd(field.Id, (field, path))) throw new ArgumentException($"the field id {field.Id} of {path} is also that of {_byId[field.Id].Path}");
        AddNested(field.Type, path);
    }

    private void AddNested(IcebergType type, string path)
    {
        switch (type)
        {
            case StructType nested:
                foreach (var field in nested.Fields) Add(field, $"{path}.{field.Name}");
                break;
            case ListType list:
                Add(new NestedField(list.ElementId, "element", list.ElementRequired, list.Element), path + ".element");
                break;
            case MapType map:
                Add(new NestedField(map.KeyId, "key", Required: true, map.Key), path + ".key");
                Add(new NestedField(map.ValueId, "value", map.ValueRequired, map.Value), path + ".value");
                break;
        }
    }

    /// <summary>The same columns, whatever the schema's id.</summary>
    public bool SameColumns(TableSchema other) => Columns.Equals(other.Columns) && IdentifierFieldIds.SequenceEqual(other.IdentifierFieldIds);

    public bool Equals(TableSchema? other) => other is not null && SchemaId == other.SchemaId && SameColumns(other);

    public override bool Equals(object? obj) => Equals(obj as TableSchema);

    public override int GetHashCode() => HashCode.Combine(SchemaId, Columns);

    public override string ToString() => Columns.ToString();
}
