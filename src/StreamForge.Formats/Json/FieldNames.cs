using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;

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
    private byte[] _scratch = new byte[64];

    public FieldNames(IEnumerable<string> names)
    {
        _names = [.. names.Select(Encoding.UTF8.GetBytes)];
        _prefixes = [.. _names.Select(name => Prefix(name))];
    }

    /// <summary>Whether the <paramref name="index"/>-th name at <paramref name="position"/> is the one of the line before; if so moves on to its value.</summary>
    public bool TryGuess(ReadOnlySpan<byte> data, ref int position, int end, int index, out int column)
    {
        column = -1;
        if (index >= Slots) return false;
        int length = _lengths[index];
        if (length == 0 || position + SlotSize > data.Length || position + length >= end) return false;
        // The token goes up to the value: where blanks follow it here and did not there, it is another.
        if (data[position + length] <= (byte)' ') return false;
        var here = Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(data), (nuint)position);
        var guess = Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(_guesses), (nuint)(index * SlotSize));
        var differs = ~Vector256.Equals(here, guess).ExtractMostSignificantBits();
        if (System.Numerics.BitOperations.TrailingZeroCount(differs) < length) return false;
        position += length;
        column = _columns[index];
        return true;
    }

    /// <summary>Remembers the token, from the opening quote up to the value, as the <paramref name="index"/>-th.</summary>
    private void Remember(int index, ReadOnlySpan<byte> token, int column)
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

    /// <summary>Moves <paramref name="position"/> from the <paramref name="index"/>-th name's opening quote to its value, and remembers the name.</summary>
    /// <returns>null, or why there is no name.</returns>
    public string? Read(ReadOnlySpan<byte> data, ref int position, int end, int index, out int column)
    {
        column = -1;
        var quote = position;
        if (quote >= end || data[quote] != '"') return quote >= end ? JsonScanner.NotClosed : $"not JSON: expected a field's name, found {JsonScanner.Show(data[quote])}";
        position++;
        if (JsonScanner.FindStringEnd(data, ref position, end, out var escapes, out _) is { } wrong) return wrong;
        var name = data[(quote + 1)..position];
        if (escapes)
        {
            if (_scratch.Length < name.Length) _scratch = new byte[Math.Max(name.Length, _scratch.Length * 2)];
            if (!JsonText.TryUnescape(name, _scratch, out var written)) return "a field's name holds half of a surrogate pair";
            name = _scratch.AsSpan(0, written);
        }
        column = Find(name);
        position = JsonScanner.SkipBlanks(data, position + 1, end);
        if (position >= end || data[position] != ':') return "not JSON: ':' is missing after a field's name";
        position = JsonScanner.SkipBlanks(data, position + 1, end);
        Remember(index, data[quote..position], column);
        return null;
    }

    private static ulong Prefix(ReadOnlySpan<byte> name)
    {
        if (name.Length >= 8) return BinaryPrimitives.ReadUInt64LittleEndian(name);
        ulong prefix = 0;
        for (var i = 0; i < name.Length; i++) prefix |= (ulong)name[i] << (8 * i);
        return prefix;
    }
}
