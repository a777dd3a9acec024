using System.Buffers;
using System.Numerics;
using StreamForge.Core;

namespace StreamForge.Sql.Lookups;

/// <summary>
/// Row numbers by key: a hash table with open addressing over canonical keys (<see cref="KeyCodec"/>), so that keys are equal exactly when SQL says so,
/// whatever the scale of a decimal. Immutable once built. Rows of which a part of the key is null or NaN are in no slot.
/// </summary>
internal sealed class KeyIndex
{
    private readonly int[] _slots;
    private readonly ulong[] _hashes;
    private readonly int[] _ends;
    private byte[] _keys = new byte[1024];

    private KeyIndex(int rows)
    {
        // At most half full; a slot holds the row plus one, 0 for none.
        _slots = new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(rows, 4) * 2)];
        _hashes = new ulong[rows];
        _ends = new int[rows + 1];
    }

    /// <param name="key">The key's parts.</param>
    /// <param name="rows">How many of the columns' rows are indexed, from the first on.</param>
    /// <param name="duplicate">Two rows with the same key, when the result is null.</param>
    public static KeyIndex? TryBuild(ReadOnlySpan<Column> key, int rows, out (int First, int Second) duplicate)
    {
        var index = new KeyIndex(rows);
        var scratch = ArrayPool<byte>.Shared.Rent(256);
        duplicate = default;
        for (var row = 0; row < rows && duplicate == default; row++)
        {
            index._ends[row + 1] = index._ends[row];
            if (!TryEncode(key, row, ref scratch, out var length)) continue;
            if (index.Add(row, scratch.AsSpan(0, length)) is var first and >= 0) duplicate = (first, row);
        }
        ArrayPool<byte>.Shared.Return(scratch);
        return duplicate == default ? index : null;
    }

    /// <summary>Writes for each of <paramref name="count"/> keys the row that has it, or <paramref name="miss"/>. Allocates nothing per key.</summary>
    public void Find(ReadOnlySpan<Column> key, int count, int miss, Span<int> rows)
    {
        var scratch = ArrayPool<byte>.Shared.Rent(256);
        for (var i = 0; i < count; i++)
            rows[i] = TryEncode(key, i, ref scratch, out var length) ? Find(scratch.AsSpan(0, length), miss) : miss;
        ArrayPool<byte>.Shared.Return(scratch);
    }

    private int Find(ReadOnlySpan<byte> key, int miss)
    {
        var hash = KeyGroup.Hash(key);
        var mask = _slots.Length - 1;
        for (var slot = (int)hash & mask; _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            var row = _slots[slot] - 1;
            if (_hashes[row] == hash && Key(row).SequenceEqual(key)) return row;
        }
        return miss;
    }

    /// <returns>The row that has the key already, or -1.</returns>
    private int Add(int row, ReadOnlySpan<byte> key)
    {
        var hash = KeyGroup.Hash(key);
        var mask = _slots.Length - 1;
        var slot = (int)hash & mask;
        for (; _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            var other = _slots[slot] - 1;
            if (_hashes[other] == hash && Key(other).SequenceEqual(key)) return other;
        }
        _slots[slot] = row + 1;
        _hashes[row] = hash;
        var start = _ends[row];
        var end = checked(start + key.Length);
        if (end > _keys.Length) Array.Resize(ref _keys, (int)Math.Min(Math.Max(_keys.Length * 2L, end), Array.MaxLength));
        key.CopyTo(_keys.AsSpan(start));
        _ends[row + 1] = end;
        return -1;
    }

    private ReadOnlySpan<byte> Key(int row) => _keys.AsSpan(_ends[row], _ends[row + 1] - _ends[row]);

    /// <summary>The canonical key of a row; false when a part is null or NaN, which equal nothing.</summary>
    private static bool TryEncode(ReadOnlySpan<Column> key, int row, ref byte[] scratch, out int length)
    {
        length = 0;
        foreach (var part in key)
        {
            if (part.IsNull(row) || (part is DoubleColumn doubles && double.IsNaN(doubles[row]))) return false;
            var room = KeyCodec.MaxLength(part, row);
            if (scratch.Length - length < room) Enlarge(ref scratch, length, length + room);
            length += KeyCodec.Write(part, row, scratch.AsSpan(length));
        }
        return true;
    }

    private static void Enlarge(ref byte[] scratch, int used, int wanted)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(wanted, scratch.Length * 2));
        scratch.AsSpan(0, used).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(scratch);
        scratch = larger;
    }
}
