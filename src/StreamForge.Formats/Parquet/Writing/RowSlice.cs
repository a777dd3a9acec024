namespace StreamForge.Formats.Parquet.Writing;

/// <summary>Some rows of a column: a range, or those that a selection names.</summary>
internal readonly ref struct RowSlice(ReadOnlySpan<int> rows, int start, int count)
{
    private readonly ReadOnlySpan<int> _rows = rows;

    /// <summary>The first row of a range.</summary>
    public int Start { get; } = start;

    public int Count { get; } = count;

    public bool IsRange => _rows.IsEmpty;

    public int this[int index] => _rows.IsEmpty ? Start + index : _rows[Start + index];

    public RowSlice Slice(int from, int count) => new(_rows, Start + from, count);
}
