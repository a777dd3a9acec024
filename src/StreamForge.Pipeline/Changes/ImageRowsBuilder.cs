using System.Buffers;
using StreamForge.Core;

namespace StreamForge.Pipeline.Changes;

/// <summary>
/// Collects the image rows of a read. While all of them are rows of the read itself only their numbers are noted, and the result shares the read's columns; the first row from elsewhere begins new columns.
/// For one read and one thread.
/// </summary>
internal sealed class ImageRowsBuilder(SourceBatch read, ImageCodec codec)
{
    private int[] _rows = ArrayPool<int>.Shared.Rent(Math.Max(read.Batch.Count, 16));
    private int[] _events = ArrayPool<int>.Shared.Rent(Math.Max(read.Batch.Count, 16));
    private byte[] _ops = ArrayPool<byte>.Shared.Rent(Math.Max(read.Batch.Count, 16));
    private List<bool>? _held;
    private Column[]? _columns;

    public int Count { get; private set; }

    /// <summary>The new columns, once there are any; else the read's.</summary>
    private ReadOnlySpan<Column> Columns => _columns ?? read.Batch.Columns;

    /// <summary>A row of the read, as it is.</summary>
    public void Add(int row, int change, ChangeOp op)
    {
        Note(row, change, op);
        if (_columns is null) return;
        for (var i = 0; i < _columns.Length; i++) _columns[i].AppendFrom(read.Batch[i], row);
    }

    /// <summary>A stored image.</summary>
    public void Add(ReadOnlySpan<byte> image, int change, ChangeOp op)
    {
        BeginColumns();
        Note(-1, change, op);
        codec.Append(image, _columns);
    }

    /// <summary>A row of the read whose columns <paramref name="missing"/> have the values of a stored image.</summary>
    public void Add(int row, ReadOnlySpan<int> missing, ReadOnlySpan<byte> image, int change, ChangeOp op)
    {
        BeginColumns();
        Note(-1, change, op);
        var targets = new Column?[_columns!.Length];
        foreach (var column in missing) targets[column] = _columns[column];
        codec.Append(image, targets);
        for (var i = 0; i < _columns.Length; i++)
        {
            if (targets[i] is null) _columns[i].AppendFrom(read.Batch[i], row);
        }
    }

    /// <summary>A row of the read whose columns <paramref name="missing"/> have the values of another.</summary>
    public void Add(int row, ReadOnlySpan<int> missing, int other, int change, ChangeOp op)
    {
        BeginColumns();
        Note(-1, change, op);
        for (var i = 0; i < _columns!.Length; i++) _columns[i].AppendFrom(read.Batch[i], missing.Contains(i) ? other : row);
    }

    /// <summary>The rows that were added since there were <paramref name="from"/> are of a first snapshot.</summary>
    public void Hold(int from)
    {
        _held ??= [];
        while (_held.Count < from) _held.Add(false);
        while (_held.Count < Count) _held.Add(true);
    }

    /// <summary>The bytes of the row that was added last, valid until the codec is used again.</summary>
    public ReadOnlySpan<byte> EncodeLast(ImageHead head) => codec.Encode(head, Columns, _columns is null ? _rows[Count - 1] : Count - 1);

    private void Note(int row, int change, ChangeOp op)
    {
        if (Count == _rows.Length)
        {
            _rows = Grow(_rows);
            _events = Grow(_events);
        }
        if (Count == _ops.Length) _ops = Grow(_ops);
        _rows[Count] = row;
        _events[Count] = change;
        _ops[Count++] = (byte)op;
    }

    private T[] Grow<T>(T[] array)
    {
        var larger = ArrayPool<T>.Shared.Rent(array.Length * 2);
        array.AsSpan(0, Count).CopyTo(larger);
        ArrayPool<T>.Shared.Return(array);
        return larger;
    }

    private void BeginColumns()
    {
        if (_columns is not null) return;
        _columns = new Column[read.Batch.Schema.Count];
        for (var i = 0; i < _columns.Length; i++)
        {
            _columns[i] = Column.Create(read.Batch.Schema[i].Type, read.Batch.Count * 2);
            for (var row = 0; row < Count; row++) _columns[i].AppendFrom(read.Batch[i], _rows[row]);
        }
    }

    /// <summary>The rows, with one reference; and the event of each, in an array that the caller gives back to the pool.</summary>
    public (ColumnBatch Batch, int[] Events, bool[]? Held) Build(IReadOnlyList<ChangeEvent> changes)
    {
        var batch = Batch(changes);
        _ops.AsSpan(0, Count).CopyTo(batch.Headers.Ops);
        ArrayPool<int>.Shared.Return(_rows);
        ArrayPool<byte>.Shared.Return(_ops);
        while (_held?.Count < Count) _held.Add(false);
        return (batch, _events, _held?.ToArray());
    }

    private ColumnBatch Batch(IReadOnlyList<ChangeEvent> changes)
    {
        if (_columns is null)
        {
            // Rows stand in the read's order, so as many as there are means all of them.
            if (Count < read.Batch.Count) return read.Batch.Gather(_rows.AsSpan(0, Count));
            read.Batch.Retain();
            return read.Batch;
        }
        var headers = new RowHeaders(Count);
        for (var row = 0; row < Count; row++) headers.Positions[row] = changes[_events[row]].Position;
        return new ColumnBatch(read.Batch.Schema, _columns, headers, read.Batch.Origin);
    }
}
