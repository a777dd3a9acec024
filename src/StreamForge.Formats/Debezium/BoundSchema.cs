using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Formats.Debezium;

/// <summary>What a record's schema says of the columns that are read: what their values mean, and what stands for null.</summary>
internal sealed class BoundSchema
{
    private readonly Logical[] _logical;

    private BoundSchema(Logical[] logical, Column[] defaults)
    {
        _logical = logical;
        Defaults = defaults;
    }

    /// <summary>One row with each column's default; null in those that have none.</summary>
    public Column[] Defaults { get; }

    public Logical this[int column] => _logical[column];

    /// <param name="rows">The columns that are read; used for the defaults, and left empty.</param>
    public static BoundSchema Bind(ImmutableArray<ConnectField> fields, RowBuilder rows)
    {
        var columns = rows.Schema;
        var logical = new Logical[columns.Count];
        var reader = new JsonValue();
        rows.Begin(1);
        foreach (var field in fields)
        {
            if (columns.IndexOf(field.Name) is not (>= 0 and var column)) continue;
            logical[column] = field.Logical;
            var writer = rows.Writers[column];
            var position = 0;
            if (field.Default is { } json && writer.Column.Count == 0) reader.Read(json, ref position, json.Length, writer, field.Logical);
        }
        rows.EndRow(0);
        return new BoundSchema(logical, rows.Take());
    }
}

/// <summary>The schemas of a topic's records. There are few, and they repeat: each is read once. For one thread.</summary>
internal sealed class SchemaCache(RowBuilder scratch)
{
    /// <summary>More are not kept; a topic whose every record had a schema of its own would fill memory.</summary>
    private const int Most = 1024;

    private readonly Dictionary<ulong, (byte[] Schema, BoundSchema Bound)> _known = [];
    private (byte[] Schema, BoundSchema Bound) _last = ([], null!);

    /// <summary>The schema of this JSON text.</summary>
    public BoundSchema Of(ReadOnlySpan<byte> schema)
    {
        if (schema.SequenceEqual(_last.Schema)) return _last.Bound;
        var hash = XxHash64.Hash(schema);
        if (_known.TryGetValue(hash, out var known) && schema.SequenceEqual(known.Schema)) return (_last = known).Bound;
        if (_known.Count >= Most) _known.Clear();
        _last = (schema.ToArray(), BoundSchema.Bind(ConnectField.Row(schema), scratch));
        _known[hash] = _last;
        return _last.Bound;
    }
}
