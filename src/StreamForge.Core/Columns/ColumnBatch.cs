namespace StreamForge.Core;

/// <summary>
/// Some rows of one partition, as columns. Immutable once built and counted: whoever passes a batch on calls <see cref="Retain"/> for each
/// further holder, and each holder calls <see cref="Release"/> once. Batches share columns, which are counted themselves.
/// </summary>
public sealed class ColumnBatch
{
    private readonly Column[] _columns;
    private int _references = 1;

    /// <summary>Takes over one reference to each of <paramref name="columns"/> and to <paramref name="headers"/>.</summary>
    public ColumnBatch(Schema schema, Column[] columns, RowHeaders headers, BatchOrigin origin)
    {
        if (columns.Length != schema.Count) throw new ArgumentException("A batch needs one column for each field.", nameof(columns));
        foreach (var column in columns)
        {
            if (column.Count != headers.Count) throw new ArgumentException("All columns of a batch have as many rows as its headers.", nameof(columns));
        }
        Schema = schema;
        _columns = columns;
        Headers = headers;
        Origin = origin;
    }

    public Schema Schema { get; }

    /// <summary>Rows.</summary>
    public int Count => Headers.Count;

    public RowHeaders Headers { get; }

    /// <summary>Which partition and segment all rows came from.</summary>
    public BatchOrigin Origin { get; }

    /// <summary>Positions that are texts of their own, one a row, for rows that no source has made; null where position and origin say it. Owned by the batch.</summary>
    public BytesColumn? PositionTexts { get; init; }

    /// <summary>The position of one row as people read it; unique within its partition.</summary>
    public string PositionText(int row) => PositionTexts?.GetString(row) ?? Origin.Describe(Headers.Positions[row]);

    public Column this[int index] => _columns[index];

    /// <summary>The column named <paramref name="name"/>, which must exist.</summary>
    public Column this[string name] => _columns[Schema.IndexOf(name) is >= 0 and var i ? i : throw new KeyNotFoundException($"The batch has no column {name}.")];

    public ReadOnlySpan<Column> Columns => _columns;

    /// <summary>The rows named by <paramref name="rows"/>, in that order, as a new batch with one reference.</summary>
    public ColumnBatch Gather(ReadOnlySpan<int> rows)
    {
        var columns = new Column[_columns.Length];
        for (var i = 0; i < columns.Length; i++) columns[i] = _columns[i].Gather(rows);
        return new ColumnBatch(Schema, columns, Headers.Gather(rows), Origin) { PositionTexts = (BytesColumn?)PositionTexts?.Gather(rows) };
    }

    public void Retain() => Interlocked.Increment(ref _references);

    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        if (left < 0) throw new InvalidOperationException("A batch was released more often than it was retained.");
        if (left > 0) return;
        foreach (var column in _columns) column.Release();
        PositionTexts?.Release();
        Headers.Release();
    }
}
