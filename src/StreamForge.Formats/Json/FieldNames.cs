using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using StreamForge.Core;

namespace StreamForge.Formats.Json;

/// <summary>
/// Which column a field's name belongs to. Lines of one writer have their fields in one order, so each line's k-th name, with its quotes, colon and blanks,
/// is first compared with the last line's k-th, in one vector comparison where it is short; only a line that differs is looked up by length and first bytes.
/// </summary>
internal sealed class FieldNames
{
    private const int Slots = 128;
    private const int SlotSize = 32;

    private readonly byte[][] _names;
    private readonly ulong[] _prefixes;
    private readonly byte[] _guesses = new byte[Slots * SlotSize];
    private readonly byte[] _lengths = new byte[Slots];
    private readonly int[] _columns = new int[Slots];

    public FieldNames(Schema columns)
    {
        _names = [.. columns.Fields.Select(field => Encoding.UTF8.GetBytes(field.Name))];
        _prefixes = [.. _names.Select(name => Prefix(name))];
    }

    /// <summary>Whether the <paramref name="index"/>-th name at <paramref name="position"/> is the one of the line before; if so moves on to its value.</summary>
    public bool TryGuess(ReadOnlySpan<byte> data, ref int position, int end, int index, out int column)
    {
        column = -1;
        if (index >= Slots) return false;
        int length = _lengths[index];
        if (length == 0 || position + SlotSize > data.Length || position + length >= end) return false;
        var here = Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(data), (nuint)position);
        var guess = Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(_guesses), (nuint)(index * SlotSize));
        var differs = ~Vector256.Equals(here, guess).ExtractMostSignificantBits();
        if (System.Numerics.BitOperations.TrailingZeroCount(differs) < length) return false;
        position += length;
        column = _columns[index];
        return true;
    }

    /// <summary>Remembers the token, from the opening quote up to the value, as the <paramref name="index"/>-th.</summary>
    public void Remember(int index, ReadOnlySpan<byte> token, int column)
    {
        if (index >= Slots) return;
        if (token.Length > SlotSize)
        {
            _lengths[index] = 0;
            return;
        }
        token.CopyTo(_guesses.AsSpan(index * SlotSize));
        _lengths[index] = (byte)token.Length;
        _columns[index] = column;
    }

    /// <summary>The column named <paramref name="name"/>, or -1.</summary>
    public int Find(ReadOnlySpan<byte> name)
    {
        var prefix = Prefix(name);
        for (var i = 0; i < _prefixes.Length; i++)
        {
            if (_prefixes[i] == prefix && name.SequenceEqual(_names[i])) return i;
        }
        return -1;
    }

    private static ulong Prefix(ReadOnlySpan<byte> name)
    {
        if (name.Length >= 8) return BinaryPrimitives.ReadUInt64LittleEndian(name);
        ulong prefix = 0;
        for (var i = 0; i < name.Length; i++) prefix |= (ulong)name[i] << (8 * i);
        return prefix;
    }
}
