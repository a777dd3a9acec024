using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Formats.Avro.Encodings;
using StreamForge.Formats.Avro.Files;
using StreamForge.Formats.Avro.Schemas;
using StreamForge.Formats.Compression;
using StreamForge.Formats.DataFiles;

namespace StreamForge.Formats.Avro.Columns;

/// <summary>Writes columns as the records of an Avro file, in Iceberg's mapping: <c>field-id</c> on every field that has one, an optional field as a union with null whose default is null.</summary>
public sealed class AvroEncoder : IDataFileEncoder
{
    private readonly ImmutableArray<DataFileColumn> _columns;
    private readonly int[] _decimalBytes;
    private readonly AvroFileWriter _file;
    private bool _completed;

    /// <param name="output">Takes the file's bytes.</param>
    /// <param name="columns">The file's columns.</param>
    /// <param name="codec">How blocks are compressed.</param>
    /// <param name="metadata">Further keys of the header, such as <c>iceberg.schema</c>.</param>
    /// <param name="recordName">The name of the record type, which Avro allows.</param>
    public AvroEncoder(IBufferWriter<byte> output, ImmutableArray<DataFileColumn> columns, CompressionCodec codec = CompressionCodec.None,
        IEnumerable<KeyValuePair<string, string>>? metadata = null, string recordName = "table")
    {
        _columns = columns;
        _decimalBytes = [.. columns.Select(c => c.Type.Kind == TypeKind.Decimal ? AvroTypes.DecimalBytes(c.Type.Precision) : 0)];
        _file = new AvroFileWriter(output, SchemaOf(columns, recordName), metadata, codec);
    }

    public long Rows => _file.Records;

    public long EstimatedBytes => _file.Bytes + _file.Record.Length;

    /// <summary>The schema that a file of <paramref name="columns"/> has.</summary>
    public static AvroSchema SchemaOf(ImmutableArray<DataFileColumn> columns, string recordName)
    {
        var decimals = new Dictionary<DataType, AvroSchema>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var fields = new List<AvroField>();
        foreach (var column in columns)
        {
            var schema = AvroTypes.FromColumn(column.Type);
            // A named type is defined once and referred to afterwards.
            if (schema.Type == AvroType.Fixed && !decimals.TryAdd(column.Type, schema)) schema = decimals[column.Type];
            var name = AvroNames.Sanitize(column.Name);
            while (!names.Add(name)) name += "_";
            var attributes = new List<AvroAttribute>();
            if (column.FieldId != 0) attributes.Add(AvroAttribute.Of("field-id", column.FieldId));
            if (name != column.Name) attributes.Add(AvroAttribute.Of("iceberg-field-name", column.Name));
            JsonElement? defaultValue = column.Required ? null : JsonSerializer.SerializeToElement<object?>(null);
            fields.Add(new AvroField(name, column.Required ? schema : AvroSchema.Optional(schema), defaultValue, attributes.ToArray()));
        }
        return AvroSchema.Record(recordName, fields);
    }

    public void Write(ReadOnlySpan<Column> columns)
    {
        CheckColumns(columns);
        var rows = columns.IsEmpty ? 0 : columns[0].Count;
        for (var row = 0; row < rows; row++) WriteRow(columns, row);
    }

    public void Write(ReadOnlySpan<Column> columns, ReadOnlySpan<int> rows)
    {
        CheckColumns(columns);
        foreach (var row in rows) WriteRow(columns, row);
    }

    public DataFileMetrics Complete()
    {
        if (_completed) throw new InvalidOperationException("The file is complete already.");
        _completed = true;
        _file.Complete();
        return new DataFileMetrics(_file.Records, _file.Bytes, [], []);
    }

    public void Dispose() => _file.Dispose();

    private void CheckColumns(ReadOnlySpan<Column> columns)
    {
        if (_completed) throw new InvalidOperationException("The file is complete already.");
        if (columns.Length != _columns.Length) throw new ArgumentException($"The file has {_columns.Length} columns, not {columns.Length}.", nameof(columns));
    }

    private void WriteRow(ReadOnlySpan<Column> columns, int row)
    {
        var record = _file.Record;
        for (var i = 0; i < columns.Length; i++)
        {
            var column = columns[i];
            var isNull = column.IsNull(row);
            if (_columns[i].Required)
            {
                if (isNull) throw new StreamForgeException(ErrorKind.InvalidArgument, $"the column {_columns[i].Name} is required, but row {_file.Records} of the file is null there");
            }
            else if (isNull)
            {
                record.WriteNull();
                continue;
            }
            else
            {
                record.WritePresent();
            }
            WriteValue(record, column, row, _decimalBytes[i]);
        }
        _file.EndRecord();
    }

    private static void WriteValue(AvroWriter record, Column column, int row, int decimalBytes)
    {
        switch (column)
        {
            case Int64Column numbers: record.WriteLong(numbers[row]); break;
            case DoubleColumn doubles: record.WriteDouble(doubles[row]); break;
            case BooleanColumn flags: record.WriteBoolean(flags[row] != 0); break;
            case DecimalColumn decimals: record.WriteBigEndian(decimals[row], decimalBytes); break;
            default: record.WriteBytes(((BytesColumn)column)[row]); break;
        }
    }
}
