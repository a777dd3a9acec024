using System.Buffers;
using StreamForge.Core;

namespace StreamForge.Pipeline.Changes;

/// <summary>
/// Rows of a changelog that were refused when they were added for a reason that passes: their time lay too far in the future. When such a row is taken out, its time may lie in the past, and it would be
/// taken out though it was never added; so rows that were refused are remembered, by a hash of their values, until they are taken out. Equal rows are interchangeable, so they are counted.
/// </summary>
internal sealed class RefusedRows
{
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly SortedDictionary<ulong, int> _rows = [];
    private ImageCodec? _codec;

    public RefusedRows(IReadOnlyDictionary<ulong, int>? saved = null)
    {
        foreach (var (hash, count) in saved ?? new Dictionary<ulong, int>()) _rows.Add(hash, count);
    }

    /// <summary>How often each hash is there; for checkpoints.</summary>
    public SortedDictionary<ulong, int> Counts => _rows;

    public void Add(ColumnBatch batch, int row)
    {
        var hash = Hash(batch, row);
        _rows[hash] = _rows.GetValueOrDefault(hash) + 1;
    }

    /// <returns>Whether the row had been refused; it is forgotten then.</returns>
    public bool TryTake(ColumnBatch batch, int row)
    {
        if (_rows.Count == 0) return false;
        var hash = Hash(batch, row);
        if (!_rows.TryGetValue(hash, out var count)) return false;
        if (count == 1) _rows.Remove(hash);
        else _rows[hash] = count - 1;
        return true;
    }

    private ulong Hash(ColumnBatch batch, int row)
    {
        _codec ??= new ImageCodec(batch.Schema);
        _buffer.ResetWrittenCount();
        _codec.WriteValues(_buffer, batch.Columns, row);
        return XxHash64.Hash(_buffer.WrittenSpan);
    }
}
