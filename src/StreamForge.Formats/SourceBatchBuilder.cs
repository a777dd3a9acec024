using System.Buffers;
using StreamForge.Core;

namespace StreamForge.Formats;

/// <summary>
/// Collects what becomes a <see cref="SourceBatch"/> besides the columns: each row's position, where its bytes lie, and the records that misfit.
/// One batch at a time: <see cref="Begin"/>, any number of rows and misfits, <see cref="Build"/>. For one thread.
/// </summary>
public sealed class SourceBatchBuilder(RowBuilder rows) : IBatchBuilder
{
    private BatchOrigin? _origin;
    private byte[] _buffer = [];
    private long[] _positions = [];
    private int[] _ranges = [];
    private int _capacity;
    private List<DeadLetter> _deadLetters = [];

    /// <summary>Records taken since <see cref="Begin"/>, good or bad.</summary>
    public int Count => rows.Count + _deadLetters.Count;

    public RowBuilder Rows => rows;

    /// <summary>Starts a batch of rows whose bytes all lie in <paramref name="buffer"/>.</summary>
    /// <param name="capacity">Rows at most.</param>
    public void Begin(BatchOrigin origin, byte[] buffer, int capacity)
    {
        _origin = origin;
        _buffer = buffer;
        _capacity = capacity;
        if (_positions.Length < capacity) _positions = new long[capacity];
        if (_ranges.Length == 0) _ranges = ArrayPool<int>.Shared.Rent(Math.Max(capacity, 1) * 2);
        _deadLetters = [];
        rows.Begin(capacity);
    }

    /// <summary>Notes the place of the row that was just added to <see cref="Rows"/>.</summary>
    public void AddRow(long position, int start, int end)
    {
        var row = rows.Count - 1;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, _capacity);
        _positions[row] = position;
        _ranges[row * 2] = start;
        _ranges[row * 2 + 1] = end;
    }

    /// <summary>Notes a record that is none; of its bytes the first <see cref="DeadLetter.MaxRawBytes"/> are kept.</summary>
    public void AddDeadLetter(long position, string reason, ReadOnlySpan<byte> raw) =>
        _deadLetters.Add(new DeadLetter(_origin!.Partition, _origin.Describe(position), null, reason, raw[..Math.Min(raw.Length, DeadLetter.MaxRawBytes)].ToArray()));

    /// <summary>The batch since <see cref="Begin"/>.</summary>
    /// <param name="bytes">Uncompressed bytes read for it.</param>
    /// <param name="release">Called when the batch is disposed: the buffer is no longer used.</param>
    public SourceBatch Build(PartitionCursor next, long bytes, Action? release)
    {
        var headers = new RowHeaders(rows.Count);
        _positions.AsSpan(0, rows.Count).CopyTo(headers.Positions);
        var raw = new BufferRows(_buffer, _ranges, release);
        _ranges = [];
        return new SourceBatch(new ColumnBatch(rows.Schema, rows.Take(), headers, _origin!), raw, _deadLetters, next, bytes, raw.Release);
    }

    /// <summary>Rows as ranges of one buffer.</summary>
    private sealed class BufferRows(byte[] buffer, int[] ranges, Action? release) : IRawRows
    {
        private int[] _ranges = ranges;

        public ReadOnlySpan<byte> this[int row] => buffer.AsSpan(_ranges[row * 2], _ranges[row * 2 + 1] - _ranges[row * 2]);

        public void Release()
        {
            ArrayPool<int>.Shared.Return(_ranges);
            _ranges = [];
            release?.Invoke();
        }
    }
}
