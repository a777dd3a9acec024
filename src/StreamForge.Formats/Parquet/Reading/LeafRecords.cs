using System.Buffers;
using StreamForge.Core;
using StreamForge.Formats.Parquet.Thrift;
using StreamForge.Formats.Parquet.Writing;

namespace StreamForge.Formats.Parquet.Reading;

/// <summary>
/// The levels and values of one leaf of a nested column for some rows (S. Melnik et al., "Dremel: Interactive Analysis of Web-Scale Datasets", section 4). A repetition level of 0 begins a row;
/// a definition level of the leaf's own says that a value is there.
/// </summary>
internal sealed class LeafRecords(ChunkPages pages, ParquetColumn leaf, ValueReader values) : IDisposable
{
    private const int Piece = 1024;

    private readonly byte[] _pieceDefinition = new byte[Piece];
    private readonly byte[] _pieceRepetition = new byte[Piece];
    private int _pieceAt;
    private int _pieceEnd;
    private byte[] _definition = [];
    private byte[] _repetition = [];
    private int _count;
    private int _at;
    private int _value;

    /// <summary>The values of the rows that were read last.</summary>
    public Column? Values { get; private set; }

    public async ValueTask ReadAsync(int rows, CancellationToken cancellation)
    {
        _count = _at = _value = 0;
        Values?.Release();
        Values = Column.Create(leaf.Type, Math.Min(rows, Piece));
        var left = rows;
        while (true)
        {
            if (_pieceAt == _pieceEnd)
            {
                if (pages.Left == 0 && !await pages.NextAsync(cancellation)) break;
                NextPiece();
            }
            if (!Take(ref left)) return;
        }
        if (left > 0) throw pages.Damaged($"the chunk ends {left} rows early");
    }

    /// <summary>The definition level of the next entry.</summary>
    public int Definition => _at < _count ? _definition[_at] : throw Ends();

    /// <summary>The repetition level of the next entry; 0 at the end.</summary>
    public int Repetition => _at < _count ? _repetition[_at] : 0;

    /// <summary>Goes past an entry that has no value.</summary>
    public void Skip()
    {
        if (Definition == leaf.MaxDefinition) throw Ends();
        _at++;
    }

    /// <summary>Goes past an entry with a value; the row of it in <see cref="Values"/>.</summary>
    public int Next()
    {
        if (_value >= Values!.Count) throw Ends();
        _at++;
        return _value++;
    }

    public void Dispose()
    {
        pages.Dispose();
        Values?.Release();
        Values = null;
        if (_definition.Length > 0) ArrayPool<byte>.Shared.Return(_definition);
        if (_repetition.Length > 0) ArrayPool<byte>.Shared.Return(_repetition);
        _definition = [];
        _repetition = [];
    }

    public StreamForgeException Damaged(string sentence) => pages.Damaged(sentence);

    private static DamagedParquetException Ends() => new("the levels of a nested column do not fit together");

    private void NextPiece()
    {
        try
        {
            _pieceAt = 0;
            _pieceEnd = Math.Min(Piece, pages.Left);
            pages.Left -= _pieceEnd;
            if (leaf.MaxDefinition > 0) pages.Definition.Read(_pieceDefinition.AsSpan(0, _pieceEnd));
            if (leaf.MaxRepetition > 0) pages.Repetition.Read(_pieceRepetition.AsSpan(0, _pieceEnd));
        }
        catch (DamagedParquetException damaged)
        {
            throw pages.Damaged(damaged.Message);
        }
    }

    /// <summary>Takes entries up to the beginning of the first row that is not wanted; false when that was found.</summary>
    private bool Take(ref int left)
    {
        var from = _pieceAt;
        var present = 0;
        var found = false;
        for (; _pieceAt < _pieceEnd; _pieceAt++)
        {
            if (_pieceRepetition[_pieceAt] == 0)
            {
                if (left == 0)
                {
                    found = true;
                    break;
                }
                left--;
            }
            if (_pieceDefinition[_pieceAt] > leaf.MaxDefinition || _pieceRepetition[_pieceAt] > leaf.MaxRepetition) throw pages.Damaged("a level is higher than the schema allows");
            if (_pieceDefinition[_pieceAt] == leaf.MaxDefinition) present++;
        }
        var count = _pieceAt - from;
        Rented.Ensure(ref _definition, _count, count);
        Rented.Ensure(ref _repetition, _count, count);
        _pieceDefinition.AsSpan(from, count).CopyTo(_definition.AsSpan(_count));
        _pieceRepetition.AsSpan(from, count).CopyTo(_repetition.AsSpan(_count));
        _count += count;
        if (present > 0) Append(present);
        return !found;
    }

    private void Append(int count)
    {
        var piece = values.Create(count);
        try
        {
            values.Read(pages.Values, piece, 0, count);
            for (var i = 0; i < count; i++) Values!.AppendFrom(piece, i);
        }
        catch (DamagedParquetException damaged)
        {
            throw pages.Damaged(damaged.Message);
        }
        finally
        {
            piece.Release();
        }
    }
}
