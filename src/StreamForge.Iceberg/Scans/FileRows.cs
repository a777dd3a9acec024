using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Formats.Avro.Columns;
using StreamForge.Formats.Avro.Files;
using StreamForge.Formats.Parquet;
using StreamForge.Iceberg.Spec;
using StreamForge.Sql.Ranges;

namespace StreamForge.Iceberg.Scans;

/// <param name="Field">A top-level column of the table.</param>
/// <param name="Type">The type that it is read as.</param>
internal sealed record WantedColumn(NestedField Field, DataType Type)
{
    public bool IsUuid => Field.Type is PrimitiveType { Kind: PrimitiveKind.Uuid };
}

/// <param name="Columns">One for each column of the file that was chosen, of the types wanted.</param>
/// <param name="Rows">Rows.</param>
/// <param name="First">The position of the first row in the file.</param>
internal readonly record struct FileBatch(Column[] Columns, int Rows, long First);

/// <summary>The rows of one file, some at a time. <see cref="Source"/> says for each wanted column which of a batch's columns it is, or -1 for one that the file does not hold. One task at a time.</summary>
internal abstract class FileRows : IAsyncDisposable
{
    protected FileRows(ImmutableArray<int> source) => Source = source;

    public ImmutableArray<int> Source { get; }

    public abstract ValueTask<FileBatch?> ReadAsync(int maxRows, CancellationToken cancellation);

    public abstract ValueTask DisposeAsync();

    /// <summary>Passes over all row groups but the last, where a file has row groups; before the first read.</summary>
    public virtual void SkipToLastGroup()
    {
        // A file without row groups is read from its beginning.
    }

    /// <param name="reader">The file, which is owned from here on.</param>
    /// <param name="format">As manifests name it.</param>
    /// <param name="wanted">The columns.</param>
    /// <param name="mapping">Names to ids for files without ids; null for the table's own names.</param>
    /// <param name="mayMatch">Whether rows may pass the filter, given what is known of each wanted column; null for no filter.</param>
    /// <param name="counts">Counts row groups; null for files of deletes.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async ValueTask<FileRows> OpenAsync(IObjectReader reader, string format, ImmutableArray<WantedColumn> wanted, NameMapping mapping, Func<Func<int, ColumnRange>, bool>? mayMatch, ScanCounts? counts, CancellationToken cancellation)
    {
        switch (format)
        {
            case "PARQUET":
                var parquet = await ParquetFile.OpenAsync(reader, cancellation);
                return new ParquetRows(parquet, mapping.Find(wanted, parquet.Columns.Select(c => (c.Name, c.FieldId))), wanted, mayMatch, counts);
            case "AVRO":
                try
                {
                    var avro = await AvroFileReader.OpenAsync(reader, cancellation);
                    var fields = AvroColumnReader.RecordOf(avro).Fields;
                    return new AvroRows(reader, avro, mapping.Find(wanted, fields.Select(f => (f.OriginalName, f.FieldId))), wanted);
                }
                catch
                {
                    await reader.DisposeAsync();
                    throw;
                }
            default:
                await reader.DisposeAsync();
                throw new StreamForgeException(ErrorKind.NotSupported, $"{reader.Location}: data files of the format {format} are not supported yet; Parquet and Avro are");
        }
    }

    private sealed class AvroRows(IObjectReader reader, AvroFileReader file, ImmutableArray<int> found, ImmutableArray<WantedColumn> wanted) : FileRows(Numbered(found))
    {
        private readonly AvroColumnReader _columns = new(file, [.. found.Select((field, i) => (field, wanted[i].Type)).Where(c => c.field >= 0).Select(c => new AvroSelection(c.field, c.Type))]);
        private long _next;

        public override async ValueTask<FileBatch?> ReadAsync(int maxRows, CancellationToken cancellation)
        {
            if (await _columns.ReadAsync(maxRows, cancellation) is not var (columns, rows)) return null;
            _next += rows;
            return new FileBatch(columns, rows, _next - rows);
        }

        public override ValueTask DisposeAsync() => reader.DisposeAsync();
    }

    private sealed class ParquetRows(ParquetFile file, ImmutableArray<int> found, ImmutableArray<WantedColumn> wanted, Func<Func<int, ColumnRange>, bool>? mayMatch, ScanCounts? counts) : FileRows(Numbered(found))
    {
        private readonly int[] _columns = [.. found.Where(c => c >= 0)];
        private readonly WantedColumn[] _wanted = [.. wanted.Where((_, i) => found[i] >= 0)];
        private ParquetRowGroupReader? _group;
        private int _nextGroup;
        private long _next;

        public override async ValueTask<FileBatch?> ReadAsync(int maxRows, CancellationToken cancellation)
        {
            while (true)
            {
                if (_group is null && !NextGroup()) return null;
                var left = _group!.RowsLeft;
                if (await _group.ReadAsync(maxRows, cancellation) is { } columns)
                {
                    var rows = (int)(left - _group.RowsLeft);
                    for (var i = 0; i < columns.Length; i++) columns[i] = Promote(columns, i);
                    _next += rows;
                    return new FileBatch(columns, rows, _next - rows);
                }
                _group.Dispose();
                _group = null;
            }
        }

        public override ValueTask DisposeAsync()
        {
            _group?.Dispose();
            return file.DisposeAsync();
        }

        public override void SkipToLastGroup()
        {
            for (; _nextGroup < file.RowGroups.Length - 1; _nextGroup++) _next += file.RowGroups[_nextGroup].Rows;
        }

        private Column Promote(Column[] columns, int index)
        {
            if (Values.Promote(columns[index], _wanted[index].Type, _wanted[index].IsUuid) is { } promoted) return promoted;
            var type = columns[index].Type;
            foreach (var column in columns) column.Release();
            throw new StreamForgeException(ErrorKind.Corrupt, $"{file.Location}: the column {file.Columns[_columns[index]].Name} is {type} in the file, which cannot be read as the table's {_wanted[index].Type}");
        }

        /// <summary>Goes to the next row group that may have rows for the filter.</summary>
        private bool NextGroup()
        {
            for (; _nextGroup < file.RowGroups.Length; _nextGroup++)
            {
                var group = file.RowGroups[_nextGroup];
                if (mayMatch is null || mayMatch(column => Range(group, column)))
                {
                    counts?.ReadRowGroup();
                    _group = file.Read(_nextGroup++, _columns);
                    return true;
                }
                counts?.SkipRowGroup();
                _next += group.Rows;
            }
            return false;
        }

        private ColumnRange Range(ParquetRowGroup group, int column)
        {
            if (found[column] < 0) return ColumnRange.Unknown;
            var known = group.Statistics(found[column]);
            var bounds = known.Bounds is { } own ? Values.Promote(own, wanted[column].Type, wanted[column].IsUuid) : null;
            return new ColumnRange(bounds, NeverNull: known.Nulls == 0, AlwaysNull: known.Nulls == group.Rows && group.Rows > 0);
        }
    }

    private static ImmutableArray<int> Numbered(ImmutableArray<int> found)
    {
        var next = 0;
        return [.. found.Select(column => column < 0 ? -1 : next++)];
    }
}
