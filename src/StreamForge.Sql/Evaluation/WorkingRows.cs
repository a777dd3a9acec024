using System.Buffers;
using StreamForge.Core;

namespace StreamForge.Sql.Evaluation;

/// <summary>
/// The rows of one batch on their way through a query: columns of the input, then those that joins add, fewer rows after each condition.
/// Holds a reference to whatever it shows. For one call, on one thread.
/// </summary>
internal sealed class WorkingRows
{
    private readonly Column?[] _columns;

    /// <param name="columns">The input's columns by bound position, missing where they are not read, with room for those of joins.</param>
    public WorkingRows(ColumnBatch input, Column?[] columns)
    {
        _columns = columns;
        Count = input.Count;
        Headers = input.Headers;
        Headers.Retain();
        foreach (var column in columns) column?.Retain();
    }

    public int Count { get; private set; }

    public RowHeaders Headers { get; private set; }

    /// <summary>Where each row stood in the batch; null while all are there.</summary>
    public int[]? RowMap { get; private set; }

    public Frame Open(int slots, EvaluationContext context, IRowErrors errors) => new(Count, _columns!, slots, context, errors, RowMap);

    /// <summary>Adds a column; the reference to it is taken over.</summary>
    public void Add(int index, Column column) => _columns[index] = column;

    /// <summary>Keeps only <paramref name="rows"/>, and of the columns only <paramref name="needed"/>.</summary>
    public void Keep(ReadOnlySpan<int> rows, ReadOnlySpan<int> needed)
    {
        if (rows.Length == Count) return;
        for (var i = 0; i < _columns.Length; i++)
        {
            if (_columns[i] is not { } whole) continue;
            _columns[i] = needed.BinarySearch(i) >= 0 ? whole.Gather(rows) : null;
            whole.Release();
        }
        var headers = Headers.Gather(rows);
        Headers.Release();
        Headers = headers;
        var map = ArrayPool<int>.Shared.Rent(Math.Max(rows.Length, 1));
        for (var i = 0; i < rows.Length; i++) map[i] = RowMap is null ? rows[i] : RowMap[rows[i]];
        if (RowMap is not null) ArrayPool<int>.Shared.Return(RowMap);
        RowMap = map;
        Count = rows.Length;
    }

    public void Close()
    {
        foreach (var column in _columns) column?.Release();
        Headers.Release();
        if (RowMap is not null) ArrayPool<int>.Shared.Return(RowMap);
        RowMap = null;
    }
}
