using System.Buffers;
using StreamForge.Core;

namespace StreamForge.Formats.Debezium;

/// <summary>Events and what their rows carry besides columns, while a batch of a changelog is decoded. For one thread; what <see cref="Take"/> gives away belongs to the batch.</summary>
internal sealed class ChangeList
{
    private ChangeEvent[] _events = [];
    private (byte Op, int Event)[] _rows = [];
    private int _rowCount;
    private BytesColumn _keys = new(DataType.Bytes, 0);
    private Int64Column _times = new(DataType.TimestampTz, 0);

    public int Count { get; private set; }

    public void Begin(int capacity)
    {
        Count = _rowCount = 0;
        _keys.Release();
        _times.Release();
        _keys = new BytesColumn(DataType.Bytes, capacity);
        _times = new Int64Column(DataType.TimestampTz, capacity);
        if (_events.Length == 0) _events = ArrayPool<ChangeEvent>.Shared.Rent(Math.Max(capacity, 16));
        if (_rows.Length == 0) _rows = ArrayPool<(byte, int)>.Shared.Rent(Math.Max(capacity, 16));
    }

    /// <summary>Adds an event after its rows' columns.</summary>
    /// <param name="beforeOp">The op of its before image's row, if it has one.</param>
    /// <param name="time">When it happened, microseconds; null for unknown.</param>
    public void Add(in ChangeEvent change, ChangeOp beforeOp, ChangeOp afterOp, long? time, ReadOnlySpan<byte> key)
    {
        if (Count == _events.Length) _events = Grow(_events);
        if (change.Before >= 0) AddRow(beforeOp, time);
        if (change.After >= 0) AddRow(afterOp, time);
        if (key.IsEmpty) _keys.AppendNull();
        else _keys.Append(key);
        _events[Count++] = change;
    }

    /// <summary>Gives the last event its position.</summary>
    public void Place(long position) => _events[Count - 1] = _events[Count - 1] with { Position = position };

    /// <summary>What was collected, as it goes on: the events' times by row, headers, and the events themselves.</summary>
    /// <param name="unavailable">See <see cref="ChangeEvents.Unavailable"/>.</param>
    /// <param name="recordColumns">See <see cref="ChangeEvents.RecordColumns"/>.</param>
    /// <param name="raw">The bytes of each event.</param>
    public (Int64Column Times, RowHeaders Headers, ChangeEvents Changes, IRawRows RowsRaw, Action Release) Take(IReadOnlyList<(int Row, int Column)> unavailable, IReadOnlyList<int> recordColumns, IRawRows raw)
    {
        var headers = new RowHeaders(_rowCount);
        for (var row = 0; row < _rowCount; row++)
        {
            headers.Ops[row] = _rows[row].Op;
            headers.Positions[row] = _events[_rows[row].Event].Position;
        }
        _keys.Retain();
        _times.Retain();
        var (events, rows) = (_events, _rows);
        _events = [];
        _rows = [];
        var changes = new ChangeEvents { Events = new ArraySegment<ChangeEvent>(events, 0, Count), Keys = _keys, Unavailable = unavailable, RecordColumns = recordColumns, Raw = raw };
        return (_times, headers, changes, new EventRows(rows, raw), Release);

        void Release()
        {
            ArrayPool<ChangeEvent>.Shared.Return(events);
            ArrayPool<(byte, int)>.Shared.Return(rows);
        }
    }

    private void AddRow(ChangeOp op, long? time)
    {
        if (_rowCount == _rows.Length) _rows = Grow(_rows);
        _rows[_rowCount++] = ((byte)op, Count);
        if (time is { } micros) _times.Append(micros);
        else _times.AppendNull();
    }

    private static T[] Grow<T>(T[] array)
    {
        var larger = ArrayPool<T>.Shared.Rent(array.Length * 2);
        array.CopyTo(larger, 0);
        ArrayPool<T>.Shared.Return(array);
        return larger;
    }

    /// <summary>The bytes of a row are those of its event.</summary>
    private sealed class EventRows((byte Op, int Event)[] rows, IRawRows events) : IRawRows
    {
        public ReadOnlySpan<byte> this[int row] => events[rows[row].Event];
    }
}
