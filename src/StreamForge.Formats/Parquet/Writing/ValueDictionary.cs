using System.Buffers;
using System.Runtime.CompilerServices;

namespace StreamForge.Formats.Parquet.Writing;

/// <summary>The distinct values of a chunk in the order of their first appearance: open addressing over their bits. Nothing is rented while it is empty. For one thread.</summary>
internal sealed class ValueDictionary<T> : IDisposable where T : unmanaged
{
    private T[] _values = [];
    private int[] _slots = [];
    private int _capacity;
    private int _shift;

    public int Count { get; private set; }

    public ReadOnlySpan<T> Values => _values.AsSpan(0, Count);

    /// <summary>The number of each value, those that are new after the others.</summary>
    public void Encode(ReadOnlySpan<T> values, Span<int> numbers)
    {
        for (var i = 0; i < values.Length; i++)
        {
            // Twice as many slots as values.
            if (Count == _capacity) Grow();
            var value = values[i];
            var mask = (1 << (64 - _shift)) - 1;
            var slot = (int)(Hash(value) >> _shift);
            int number;
            while ((number = _slots[slot] - 1) >= 0 && !Same(_values[number], value)) slot = (slot + 1) & mask;
            if (number < 0)
            {
                number = Count++;
                _values[number] = value;
                _slots[slot] = Count;
            }
            numbers[i] = number;
        }
    }

    public void Dispose()
    {
        if (_values.Length > 0) ArrayPool<T>.Shared.Return(_values);
        if (_slots.Length > 0) ArrayPool<int>.Shared.Return(_slots);
        _values = [];
        _slots = [];
        Count = _capacity = 0;
    }

    private void Grow()
    {
        var bits = _slots.Length == 0 ? 7 : 64 - _shift + 1;
        if (_slots.Length > 0) ArrayPool<int>.Shared.Return(_slots);
        // A rented array may be longer than asked for; the slots are its first part.
        _slots = ArrayPool<int>.Shared.Rent(1 << bits);
        Array.Clear(_slots);
        _shift = 64 - bits;
        _capacity = 1 << (bits - 1);
        var values = ArrayPool<T>.Shared.Rent(_capacity);
        Values.CopyTo(values);
        if (_values.Length > 0) ArrayPool<T>.Shared.Return(_values);
        _values = values;
        var mask = (1 << bits) - 1;
        for (var i = 0; i < Count; i++)
        {
            var slot = (int)(Hash(_values[i]) >> _shift);
            while (_slots[slot] != 0) slot = (slot + 1) & mask;
            _slots[slot] = i + 1;
        }
    }

    private static ulong Hash(T value)
    {
        const ulong Factor = 0x9E37_79B9_7F4A_7C15;
        if (Unsafe.SizeOf<T>() == 4) return Unsafe.BitCast<T, uint>(value) * Factor;
        if (Unsafe.SizeOf<T>() == 8)
        {
            var bits = Unsafe.BitCast<T, ulong>(value);
            return (bits ^ (bits >> 32)) * Factor;
        }
        var whole = Unsafe.BitCast<T, UInt128>(value);
        var mixed = (ulong)whole ^ ((ulong)(whole >> 64) * 0xC2B2_AE3D_27D4_EB4F);
        return (mixed ^ (mixed >> 32)) * Factor;
    }

    private static bool Same(T a, T b)
    {
        if (Unsafe.SizeOf<T>() == 4) return Unsafe.BitCast<T, uint>(a) == Unsafe.BitCast<T, uint>(b);
        if (Unsafe.SizeOf<T>() == 8) return Unsafe.BitCast<T, ulong>(a) == Unsafe.BitCast<T, ulong>(b);
        return Unsafe.BitCast<T, UInt128>(a) == Unsafe.BitCast<T, UInt128>(b);
    }
}
