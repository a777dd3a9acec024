using StreamForge.Core;
using StreamForge.Formats.Parquet.Reading;

namespace StreamForge.Formats.Parquet;

/// <summary>
/// Reads chosen columns of one row group, some rows at a time. It holds a page and a dictionary of each column, and a window of the file. For one task at a time; readers of one file are
/// independent of each other.
/// </summary>
public sealed class ParquetRowGroupReader : IDisposable
{
    private readonly ColumnReader[] _columns;

    internal ParquetRowGroupReader(ColumnReader[] columns, long rows)
    {
        _columns = columns;
        RowsLeft = rows;
    }

    /// <summary>Rows that were not read yet.</summary>
    public long RowsLeft { get; private set; }

    /// <summary>Reads the next rows.</summary>
    /// <param name="maxRows">How many at most; at least 1.</param>
    /// <param name="cancellation">Ends the wait for the file.</param>
    /// <returns>The columns in the order in which they were chosen, equally long, for the caller to release; null at the end.</returns>
    /// <exception cref="StreamForgeException">Corrupt: the file is damaged. NotSupported: it has something that we do not read.</exception>
    public async ValueTask<Column[]?> ReadAsync(int maxRows, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxRows);
        if (RowsLeft == 0) return null;
        var rows = (int)Math.Min(maxRows, RowsLeft);
        var result = new Column[_columns.Length];
        var done = 0;
        try
        {
            for (; done < result.Length; done++) result[done] = await _columns[done].ReadAsync(rows, cancellation);
        }
        catch
        {
            for (var i = 0; i < done; i++) result[i].Release();
            throw;
        }
        RowsLeft -= rows;
        return result;
    }

    public void Dispose()
    {
        foreach (var column in _columns) column.Dispose();
    }
}
