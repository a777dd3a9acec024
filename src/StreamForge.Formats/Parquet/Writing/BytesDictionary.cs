using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace StreamForge.Formats.Parquet.Writing;

/// <summary>
/// The distinct texts of a chunk in the order of their first appearance, kept as the PLAIN encoding writes them: a four-byte length, then the bytes. Open addressing; a slot holds the number and
/// half of the hash, so that other texts are rarely compared. Nothing is rented while it is empty. For one thread.
/// </summary>
internal sealed class BytesDictionary : IDisposable
{
    private readonly PooledBuffer _plain = new();
    private int[] _starts = [];
    private ulong[] _slots = [];
    private int _capacity;
    private int _shift;

    public int Count { get; private set; }

    /// <summary>All texts, PLAIN.</summary>
    public ReadOnlySpan<byte> Plain => _plain.Written;

    public ReadOnlySpan<byte> this[int number]
    {
        get
        {
            var start = _starts[number];
            var plain = _plain.Written;
            return plain.Slice(start + sizeof(int), MemoryMarshal.Read<int>(plain[start..]));
        }
    }

    /// <summary>The number of a text; one that is new comes after the others.</summary>
    public int Number(ReadOnlySpan<byte> value)
    {
        if (Count == _capacity) Grow();
        var hash = Hash(value);
        var mask = (1 << (64 - _shift)) - 1;
        var slot = (int)(hash >> _shift);
        while (_slots[slot] is var entry && entry != 0)
        {
            var number = (int)(uint)entry - 1;
            if (entry >> 32 == (uint)hash && this[number].SequenceEqual(value)) return number;
            slot = (slot + 1) & mask;
        }
        _starts[Count] = _plain.Length;
        MemoryMarshal.Write(_plain.Take(sizeof(int)), value.Length);
        _plain.Add(value);
        _slots[slot] = (ulong)(uint)hash << 32 | (uint)++Count;
        return Count - 1;
    }

    public void Dispose()
    {
        _plain.Dispose();
        if (_starts.Length > 0) ArrayPool<int>.Shared.Return(_starts);
        if (_slots.Length > 0) ArrayPool<ulong>.Shared.Return(_slots);
        _starts = [];
        _slots = [];
        Count = _capacity = 0;
    }

    private void Grow()
    {
        var bits = _slots.Length == 0 ? 7 : 64 - _shift + 1;
        _shift = 64 - bits;
        _capacity = 1 << (bits - 1);
        if (_slots.Length > 0) ArrayPool<ulong>.Shared.Return(_slots);
        _slots = ArrayPool<ulong>.Shared.Rent(1 << bits);
        Array.Clear(_slots);
        Rented.Ensure(ref _starts, Count, _capacity - Count);
        var mask = (1 << bits) - 1;
        for (var i = 0; i < Count; i++)
        {
            var hash = Hash(this[i]);
            var slot = (int)(hash >> _shift);
            while (_slots[slot] != 0) slot = (slot + 1) & mask;
            _slots[slot] = (ulong)(uint)hash << 32 | (uint)(i + 1);
        }
    }

    /// <summary>Multiplies and folds sixteen bytes at a time, the last ones overlapping; good in its highest bits. Lives no longer than the dictionary.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Hash(ReadOnlySpan<byte> value)
    {
        const ulong A = 0xA076_1D64_78BD_642F, B = 0xE703_7ED1_A0B4_28DB;
        ref var at = ref MemoryMarshal.GetReference(value);
        var length = value.Length;
        ulong low, high, seed = A;
        if (length >= 16)
        {
            for (; length > 16; length -= 16)
            {
                seed = Mix(Unsafe.ReadUnaligned<ulong>(ref at) ^ B, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, 8)) ^ seed);
                at = ref Unsafe.Add(ref at, 16);
            }
            low = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, length - 16));
            high = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, length - 8));
        }
        else if (length >= 8)
        {
            low = Unsafe.ReadUnaligned<ulong>(ref at);
            high = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref at, length - 8));
        }
        else if (length >= 4)
        {
            low = Unsafe.ReadUnaligned<uint>(ref at);
            high = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref at, length - 4));
        }
        else
        {
            low = length == 0 ? 0 : (ulong)at << 16 | (ulong)Unsafe.Add(ref at, length >> 1) << 8 | Unsafe.Add(ref at, length - 1);
            high = 0;
        }
        return Mix(low ^ B ^ (ulong)(uint)value.Length, high ^ seed);
    }

    private static ulong Mix(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }
}
