using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using StreamForge.Core;
using StreamForge.Iceberg.Manifests;
using StreamForge.Iceberg.Spec;
using StreamForge.Sql;
using StreamForge.Sql.Ranges;

namespace StreamForge.Iceberg.Scans;

/// <summary>
/// One data file of a scan: its rows without those that deletes take, filtered, as the table's columns. A column that the file lacks has the value of the file's identity partition, else the column's initial default,
/// else null (Iceberg specification, "Column Projection").
/// </summary>
internal sealed class FileScan : IAsyncDisposable
{
    private readonly ScanContext _context;
    private readonly PlannedFile _file;
    private readonly FileRows _rows;
    private readonly ImmutableArray<WantedColumn> _wanted;
    private readonly ImmutableArray<HashSet<long>> _positions;
    private readonly ImmutableArray<(EqualitySet Rows, int[] Columns)> _equalities;
    private readonly EvaluationContext _evaluation;

    private FileScan(ScanContext context, PlannedFile file, FileRows rows, ImmutableArray<WantedColumn> wanted, ImmutableArray<HashSet<long>> positions, ImmutableArray<(EqualitySet, int[])> equalities)
    {
        (_context, _file, _rows, _wanted, _positions, _equalities) = (context, file, rows, wanted, positions, equalities);
        _evaluation = new EvaluationContext(context.Options.Clock);
    }

    public static async ValueTask<FileScan> OpenAsync(IObjectStore store, ScanContext context, PlannedFile file, ImmutableArray<PlannedFile> deletes, DeleteReader reader, CancellationToken cancellation)
    {
        var positions = ImmutableArray.CreateBuilder<HashSet<long>>();
        var sets = new List<EqualitySet>();
        foreach (var delete in deletes)
        {
            if (delete.File.Content == FileContent.EqualityDeletes) sets.Add(await reader.EqualitiesAsync(delete, cancellation));
            else if (await reader.PositionsAsync(delete, file, cancellation) is { } found) positions.Add(found);
        }
        // Columns that only the deletes look at are read behind the others.
        var wanted = context.Wanted;
        foreach (var id in sets.SelectMany(set => set.FieldIds))
        {
            if (wanted.All(column => column.Field.Id != id)) wanted = wanted.Add(reader.Column(id));
        }
        var equalities = sets.Select(set => (set, set.FieldIds.Select(id => IndexOf(wanted, id)).ToArray())).ToImmutableArray();
        context.Counts.ReadFile();
        Func<Func<int, ColumnRange>, bool>? mayMatch = context.Filter is { } filter ? ranges => filter.MayBeTrue(name => ranges(context.Input.IndexOf(name))) : null;
        var rows = await FileRows.OpenAsync(await store.OpenAsync(context.Locations.Resolve(file.File.Location), cancellation), file.File.Format, wanted, context.Names, mayMatch, context.Counts, cancellation);
        return new FileScan(context, file, rows, wanted, positions.ToImmutable(), equalities);
    }

    /// <summary>Passes over all row groups but the last; before the first read.</summary>
    public void SkipToLastGroup() => _rows.SkipToLastGroup();

    /// <summary>The next rows, possibly none; null at the end.</summary>
    public async ValueTask<ColumnBatch?> ReadAsync(CancellationToken cancellation)
    {
        if (await _rows.ReadAsync(_context.Options.BatchRows, cancellation) is not { } read) return null;
        var columns = new Column[_wanted.Length];
        for (var i = 0; i < columns.Length; i++) columns[i] = _rows.Source[i] is >= 0 and var source ? read.Columns[source] : Missing(_wanted[i], read.Rows);
        try
        {
            var kept = Kept(columns, read);
            var output = new Column[_context.Outputs.Length];
            for (var i = 0; i < output.Length; i++)
            {
                var column = columns[_context.Outputs[i]];
                if (kept is null) column.Retain();
                output[i] = kept is null ? column : column.Gather(kept);
            }
            return new ColumnBatch(_context.Output, output, Headers(read, kept), Origin);
        }
        finally
        {
            foreach (var column in columns) column.Release();
        }
    }

    public ValueTask DisposeAsync() => _rows.DisposeAsync();

    /// <summary>A row's position is its number in the file, from 0.</summary>
    private static RowHeaders Headers(FileBatch read, int[]? kept)
    {
        var headers = new RowHeaders(kept?.Length ?? read.Rows);
        var positions = headers.Positions;
        for (var row = 0; row < positions.Length; row++) positions[row] = read.First + (kept is null ? row : kept[row]);
        return headers;
    }

    private BatchOrigin Origin => new(new PartitionId(_context.Metadata.Location, 0), _file.File.Location);

    private static int IndexOf(ImmutableArray<WantedColumn> wanted, int id)
    {
        for (var i = 0; i < wanted.Length; i++)
        {
            if (wanted[i].Field.Id == id) return i;
        }
        return -1;
    }

    /// <summary>The rows that neither a delete nor the filter takes; null for all.</summary>
    private int[]? Kept(Column[] columns, FileBatch read)
    {
        if (_positions.IsEmpty && _equalities.IsEmpty && _context.Filter is null) return null;
        var passes = _context.Filter is null ? null : Filter(columns, read.Rows);
        var compared = _equalities.Select(set => set.Columns.Select(i => columns[i]).ToArray()).ToArray();
        var kept = new List<int>(read.Rows);
        for (var row = 0; row < read.Rows; row++)
        {
            if (passes is not null && (passes.IsNull(row) || passes[row] == 0)) continue;
            if (IsDeleted(read.First + row, compared, row)) continue;
            kept.Add(row);
        }
        passes?.Release();
        return kept.Count == read.Rows ? null : [.. kept];
    }

    private bool IsDeleted(long position, Column[][] compared, int row)
    {
        foreach (var positions in _positions)
        {
            if (positions.Contains(position)) return true;
        }
        for (var i = 0; i < compared.Length; i++)
        {
            if (_equalities[i].Rows.Contains(compared[i], row)) return true;
        }
        return false;
    }

    private BooleanColumn Filter(Column[] columns, int rows)
    {
        var inputs = columns[.._context.Wanted.Length];
        foreach (var column in inputs) column.Retain();
        var batch = new ColumnBatch(_context.Input, inputs, new RowHeaders(rows), Origin);
        try
        {
            var errors = new RowErrors();
            var result = (BooleanColumn)_context.Filter!.Evaluate(batch, _evaluation, errors);
            if (!errors.Any) return result;
            result.Release();
            var (row, reason) = errors.Reasons.First();
            throw new StreamForgeException(ErrorKind.InvalidArgument, $"the filter fails for row {row} of a batch of {_file.File.Location}: {reason}");
        }
        finally
        {
            batch.Release();
        }
    }

    private Column Missing(WantedColumn wanted, int rows)
    {
        if (wanted.Field.Type is not PrimitiveType type) return Column.Nulls(wanted.Type, rows);
        var parts = _file.Spec.Fields;
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].SourceId != wanted.Field.Id || parts[i].Transform is not IdentityTransform) continue;
            return _file.File.Partition[i] is { } value ? Values.Repeat(wanted.Type, type, value, rows) : Column.Nulls(wanted.Type, rows);
        }
        return wanted.Field.InitialDefault is { } json ? Default(wanted, type, json, rows) : Column.Nulls(wanted.Type, rows);
    }

    private Column Default(WantedColumn wanted, PrimitiveType type, string json, int rows)
    {
        using var document = JsonDocument.Parse(json);
        var text = document.RootElement.ValueKind == JsonValueKind.String ? document.RootElement.GetString()! : document.RootElement.GetRawText();
        if (text == "null") return Column.Nulls(wanted.Type, rows);
        var one = Column.Create(wanted.Type, 1);
        if (type.Kind is PrimitiveKind.Binary or PrimitiveKind.Fixed) ((BytesColumn)one).Append(Convert.FromHexString(text));
        else if (type.Kind == PrimitiveKind.Float && float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)) ((DoubleColumn)one).Append(number);
        else if (!TextValue.TryAppend(one, text)) throw new StreamForgeException(ErrorKind.Corrupt, $"{_context.Metadata.Location}: the initial default {json} of the column {wanted.Field.Name} is no {type}");
        var result = one.Gather(new int[rows]);
        one.Release();
        return result;
    }
}
