using System.Buffers;
using StreamForge.Core;
using StreamForge.Formats.Parquet.Encodings;

namespace StreamForge.Formats.Parquet.Writing;

/// <summary>A boolean column: bits, never a dictionary.</summary>
internal sealed class BooleanColumnEncoder(ColumnLayout layout, PageAssembler assembler) : ColumnEncoder(layout, assembler)
{
    private static readonly byte[] False = [0];
    private static readonly byte[] True = [1];

    private byte[] _values = [];
    private int _count;

    /// <summary>What has been seen: 1 for false, 2 for true.</summary>
    private int _page;
    private int _chunk;
    private int _file;

    protected override bool UsesDictionary => false;

    protected override int DictionaryBytes => 0;

    protected override int PageBytes => _count / 8;

    protected override long? NaNs => null;

    public override void Dispose()
    {
        base.Dispose();
        if (_values.Length > 0) ArrayPool<byte>.Shared.Return(_values);
        _values = [];
    }

    protected override int AppendValues(Column column, RowSlice rows)
    {
        Rented.Ensure(ref _values, _count, rows.Count);
        var values = ((BooleanColumn)column).Values;
        for (var i = 0; i < rows.Count; i++)
        {
            var row = rows[i];
            if (column.IsNull(row)) continue;
            _values[_count++] = values[row];
            _page |= 1 << values[row];
        }
        return rows.Count;
    }

    protected override void WritePlain() => HybridEncoder.PackBits(_values.AsSpan(0, _count), Assembler.Body.Take((_count + 7) / 8));

    protected override (byte[]? Min, byte[]? Max) EndPageBounds()
    {
        var bounds = Stored(_page);
        _chunk |= _page;
        _page = 0;
        return (bounds.Min, bounds.Max);
    }

    protected override ChunkBounds EndChunkBounds()
    {
        var bounds = Stored(_chunk);
        _file |= _chunk;
        _chunk = 0;
        return bounds;
    }

    protected override Column? FileBounds()
    {
        if (_file == 0) return null;
        var column = new BooleanColumn(2);
        column.Append((_file & 1) != 0 ? (byte)0 : (byte)1);
        column.Append((_file & 2) != 0 ? (byte)1 : (byte)0);
        return column;
    }

    protected override void ClearPage() => _count = 0;

    protected override void WriteIndices() => throw new InvalidOperationException("Booleans have no dictionary.");

    protected override void AbandonDictionary() => throw new InvalidOperationException("Booleans have no dictionary.");

    protected override bool DictionaryPays(int indexBytes) => false;

    protected override void StopDictionary()
    {
    }

    protected override void StartDictionary()
    {
    }

    protected override int WriteDictionary() => 0;

    private static ChunkBounds Stored(int seen) => seen == 0
        ? new ChunkBounds(null, null, false, false)
        : new ChunkBounds((seen & 1) != 0 ? False : True, (seen & 2) != 0 ? True : False, true, true);
}
