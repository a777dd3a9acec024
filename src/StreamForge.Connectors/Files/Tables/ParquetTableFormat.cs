using StreamForge.Core;
using StreamForge.Formats.Parquet;

namespace StreamForge.Connectors.Files.Tables;

/// <summary>Parquet files; of columns that share a name the first counts.</summary>
internal sealed class ParquetTableFormat : TableFormat
{
    public override string Name => "parquet";

    public override async ValueTask<Schema> SchemaAsync(string path, CancellationToken cancellation)
    {
        await using var file = await ParquetFile.OpenAsync(await TableFile.OpenObjectAsync(path, cancellation), cancellation);
        return new Schema(file.Columns.DistinctBy(c => c.Name, StringComparer.Ordinal).Select(c => new Field(c.Name, c.Type)));
    }

    public override async ValueTask<TableFile> OpenAsync(string path, Schema columns, CancellationToken cancellation)
    {
        var source = await TableFile.OpenObjectAsync(path, cancellation);
        return new ParquetTableFile(source, await ParquetFile.OpenAsync(source, cancellation), columns);
    }
}

/// <summary>A Parquet file, one row group after the other; groups that are passed over whole are not read.</summary>
internal sealed class ParquetTableFile : TableFile
{
    private readonly ParquetFile _file;
    private readonly Schema _columns;

    /// <summary>For each wanted column its place among those that are read; -1 for one that the file lacks.</summary>
    private readonly int[] _slots;

    private readonly int[] _read;
    private ParquetRowGroupReader? _group;
    private int _next;

    public ParquetTableFile(IObjectReader source, ParquetFile file, Schema columns) : base(source)
    {
        _file = file;
        _columns = columns;
        _slots = new int[columns.Count];
        var read = new List<int>();
        for (var i = 0; i < _slots.Length; i++)
        {
            var index = file.Columns.Select(c => c.Name).ToList().IndexOf(columns[i].Name);
            _slots[i] = index < 0 ? -1 : read.Count;
            if (index >= 0) read.Add(index);
        }
        _read = [.. read];
    }

    public override async ValueTask<(Column[] Columns, int Rows)?> ReadAsync(int maxRows, CancellationToken cancellation)
    {
        while (_group is not { RowsLeft: > 0 })
        {
            _group?.Dispose();
            _group = null;
            if (_next == _file.RowGroups.Length) return null;
            _group = _file.Read(_next++, _read);
        }
        var rows = (int)Math.Min(maxRows, _group.RowsLeft);
        var read = (await _group.ReadAsync(rows, cancellation))!;
        var result = new Column[_slots.Length];
        for (var i = 0; i < result.Length; i++) result[i] = _slots[i] < 0 ? Column.Nulls(_columns[i].Type, rows) : Widening.Apply(read[_slots[i]], _columns[i].Type, _file.Location);
        return (result, rows);
    }

    public override ValueTask<bool> SkipAsync(long rows, CancellationToken cancellation)
    {
        while (_group is null && _next < _file.RowGroups.Length && _file.RowGroups[_next].Rows <= rows) rows -= _file.RowGroups[_next++].Rows;
        return base.SkipAsync(rows, cancellation);
    }

    public override ValueTask DisposeAsync()
    {
        _group?.Dispose();
        _group = null;
        return base.DisposeAsync();
    }
}
