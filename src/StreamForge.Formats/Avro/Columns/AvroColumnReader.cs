using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Formats.Avro.Files;
using StreamForge.Formats.Avro.Schemas;

namespace StreamForge.Formats.Avro.Columns;

/// <param name="Field">The index of a top-level field of the writer's schema.</param>
/// <param name="Type">The type of column that its values become; <see cref="AvroTypes.ToColumn"/> gives the natural one.</param>
public readonly record struct AvroSelection(int Field, DataType Type);

/// <summary>Reads chosen top-level fields of an Avro file into columns, some rows at a time and in the file's order; the others are passed over. One task at a time.</summary>
public sealed class AvroColumnReader
{
    private const int FirstCapacity = 1024;

    private readonly AvroFileReader _file;
    private readonly ImmutableArray<AvroSelection> _selections;
    private readonly AvroSchema _record;
    private readonly (AvroCell Read, int Column)[][] _fields;
    private AvroBlock _block;
    private long _left;
    private int _position;

    /// <exception cref="StreamForgeException">Corrupt: the file does not hold records.</exception>
    public AvroColumnReader(AvroFileReader file, ImmutableArray<AvroSelection> selections)
    {
        ArgumentNullException.ThrowIfNull(file);
        _file = file;
        _record = RecordOf(file);
        _selections = selections;
        _fields = new (AvroCell, int)[_record.Fields.Length][];
        for (var field = 0; field < _fields.Length; field++)
        {
            _fields[field] = [.. selections.Select((s, i) => (Selection: s, Column: i)).Where(s => s.Selection.Field == field).Select(s => (AvroCells.For(_record.Fields[field].Schema, s.Selection.Type), s.Column))];
        }
    }

    /// <summary>The record type of a file's values.</summary>
    public static AvroSchema RecordOf(AvroFileReader file) => file.Schema.Type == AvroType.Record
        ? file.Schema
        : throw new StreamForgeException(ErrorKind.Corrupt, $"{file.Location}: the values of the Avro file are of type {file.Schema.Type.ToString().ToLowerInvariant()}; records are wanted");

    /// <summary>The next rows, at most <paramref name="maxRows"/> and at least one; null at the end. The caller owns the columns. Without selections an array of none, and the count.</summary>
    public async ValueTask<(Column[] Columns, int Rows)?> ReadAsync(int maxRows, CancellationToken cancellation)
    {
        var columns = _selections.Select(s => Column.Create(s.Type, Math.Min(maxRows, FirstCapacity))).ToArray();
        var rows = 0;
        try
        {
            while (rows < maxRows)
            {
                if (_left == 0 && !await NextBlockAsync(cancellation)) break;
                rows += ReadRows(columns, (int)Math.Min(_left, maxRows - rows));
            }
        }
        catch
        {
            foreach (var column in columns) column.Release();
            throw;
        }
        if (rows > 0) return (columns, rows);
        foreach (var column in columns) column.Release();
        return null;
    }

    private async ValueTask<bool> NextBlockAsync(CancellationToken cancellation)
    {
        do
        {
            if (await _file.ReadBlockAsync(cancellation) is not { } block) return false;
            _block = block;
        }
        while (_block.Records == 0);
        _left = _block.Records;
        _position = 0;
        return true;
    }

    private int ReadRows(Column[] columns, int rows)
    {
        var reader = _block.Read(_position);
        for (var row = 0; row < rows; row++)
        {
            for (var field = 0; field < _fields.Length; field++)
            {
                var cells = _fields[field];
                if (cells.Length == 0)
                {
                    reader.Skip(_record.Fields[field].Schema);
                    continue;
                }
                var start = reader.Position;
                foreach (var (read, column) in cells)
                {
                    // A field may be wanted twice; each reads it from its beginning.
                    reader.Seek(start);
                    read(ref reader, columns[column]);
                }
            }
        }
        _position = reader.Position;
        _left -= rows;
        if (_left == 0 && reader.Left > 0) throw reader.Damaged($"{reader.Left} bytes are left after the last record");
        return rows;
    }
}
