using StreamForge.Core;
using StreamForge.Formats.Values;

namespace StreamForge.Formats;

/// <summary>
/// The columns of a batch while records are decoded into them: a record either adds one value to every column or none to any. For one thread.
/// </summary>
public sealed class RowBuilder
{
    private readonly ColumnWriter[] _writers;

    /// <param name="columns">The columns to read.</param>
    public RowBuilder(Schema columns, DecodeOptions options) : this(columns, options, ColumnWriter.Create)
    {
    }

    /// <param name="create">Makes the writer of a column, by its unit and the source's time zone.</param>
    internal RowBuilder(Schema columns, DecodeOptions options, Func<Field, long, LocalTime, ColumnWriter> create)
    {
        Schema = columns;
        var time = new LocalTime(options.TimeZone);
        _writers = new ColumnWriter[columns.Count];
        for (var i = 0; i < _writers.Length; i++)
            _writers[i] = create(columns[i], options.Units.IsDefaultOrEmpty ? 0 : options.Units[i], time);
    }

    public Schema Schema { get; }

    /// <summary>Whole rows since <see cref="Begin"/>.</summary>
    public int Count { get; private set; }

    internal ReadOnlySpan<ColumnWriter> Writers => _writers;

    /// <summary>Starts new columns; those of the last batch belong to whoever called <see cref="Take"/>.</summary>
    public void Begin(int capacity)
    {
        foreach (var writer in _writers)
        {
            writer.Column.Release();
            writer.Begin(capacity);
        }
        Count = 0;
    }

    /// <summary>The columns filled since <see cref="Begin"/>; the caller owns them.</summary>
    public Column[] Take()
    {
        var columns = new Column[_writers.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = _writers[i].Column;
            columns[i].Retain();
        }
        return columns;
    }

    /// <summary>Ends a row; columns that got no value get null.</summary>
    /// <param name="values">How many columns got one.</param>
    internal void EndRow(int values)
    {
        var row = Count++;
        if (values == _writers.Length) return;
        foreach (var writer in _writers)
        {
            if (writer.Column.Count == row) writer.Null();
        }
    }

    /// <summary>Takes the values of a row that misfits back.</summary>
    internal void DropRow()
    {
        foreach (var writer in _writers)
        {
            if (writer.Column.Count > Count) writer.Column.Truncate(Count);
        }
    }
}
