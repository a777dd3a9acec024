using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using StreamForge.Core;

namespace StreamForge.Features.Aggregates;

[StructLayout(LayoutKind.Sequential)]
public struct DistinctState
{
    public HeapReference Reference;

    /// <summary>Different values while the set is exact.</summary>
    public uint Count;

    /// <summary>1 once the set has become a HyperLogLog sketch.</summary>
    public uint IsSketch;
}

/// <summary>
/// distinct: how many different values. Exact up to <c>exact_up_to</c> values a window, then a HyperLogLog sketch (<see cref="HyperLogLog"/>).
/// <para>
/// The exact form is an open-addressing table of 64-bit hashes in the key's heap, half full at most; 0 marks an empty place. Numbers and times are
/// hashed one to one, so they are truly exact; text is known by XXH64, so that two of 1,000 texts are taken for one with a probability of 3e-14.
/// </para>
/// </summary>
/// <param name="exactUpTo">At least 1.</param>
public sealed class DistinctAggregate(long exactUpTo) : IAggregate
{
    private const int SmallestTable = 4;

    public string StateName => $"distinct({exactUpTo})";

    public byte Version => 1;

    public int Size { get; } = Unsafe.SizeOf<DistinctState>();

    public bool UsesHeap => true;

    public DataType ResultType => DataType.BigInt;

    public FeatureError? Error { get; } = new(HyperLogLog.StandardError, $"standard error beyond {exactUpTo} different values, exact up to them");

    public int HeapNeed(ReadOnlySpan<byte> slot, in RowInput input)
    {
        ref readonly var state = ref MemoryMarshal.AsRef<DistinctState>(slot);
        if (state.IsSketch != 0) return 0;
        if (state.Count >= exactUpTo) return HyperLogLog.Registers;
        return (state.Count + 1) * 16 <= state.Reference.Length ? 0 : checked((int)TableBytes(Math.Max(state.Count + 1, SmallestTable)));
    }

    public int MergeNeed(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> other, ReadOnlySpan<byte> otherHeap)
    {
        ref readonly var into = ref MemoryMarshal.AsRef<DistinctState>(slot);
        ref readonly var from = ref MemoryMarshal.AsRef<DistinctState>(other);
        if (into.IsSketch != 0) return 0;
        var table = from.IsSketch != 0 ? 0 : JoinedTableBytes(into, from);
        var sketch = from.IsSketch != 0 || (long)into.Count + from.Count > exactUpTo ? HyperLogLog.Registers : 0;
        return table + sketch;
    }

    /// <summary>The table that holds both sets, or as much of them as stays exact; 0 when the present one does.</summary>
    private int JoinedTableBytes(in DistinctState into, in DistinctState from)
    {
        var bytes = TableBytes(Math.Max(Math.Min((long)into.Count + from.Count, exactUpTo), SmallestTable));
        return bytes <= into.Reference.Length ? 0 : checked((int)bytes);
    }

    private static long TableBytes(long count) => 8 * (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)(count * 2));

    public void Accumulate(Span<byte> slot, ref Heap heap, in RowInput input) =>
        AddHash(ref MemoryMarshal.AsRef<DistinctState>(slot), ref heap, HashOf(input.Values!, input.Row), exactUpTo);

    public void Merge(Span<byte> slot, ref Heap heap, ReadOnlySpan<byte> other, ReadOnlySpan<byte> otherHeap)
    {
        ref var into = ref MemoryMarshal.AsRef<DistinctState>(slot);
        ref readonly var from = ref MemoryMarshal.AsRef<DistinctState>(other);
        var block = from.Reference.In(otherHeap);
        if (from.IsSketch != 0)
        {
            if (into.IsSketch == 0) BecomeSketch(ref into, ref heap);
            HyperLogLog.Merge(heap.Get(into.Reference), block);
            return;
        }
        if (into.IsSketch == 0 && JoinedTableBytes(into, from) is > 0 and var bytes) Rehash(ref into, ref heap, bytes);
        foreach (var hash in MemoryMarshal.Cast<byte, ulong>(block))
        {
            if (hash != 0) AddHash(ref into, ref heap, hash, exactUpTo);
        }
    }

    public FeatureValue Finish(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap)
    {
        ref readonly var state = ref MemoryMarshal.AsRef<DistinctState>(slot);
        return FeatureValue.OfInt64(DataType.BigInt, state.IsSketch == 0 ? state.Count : HyperLogLog.Estimate(state.Reference.In(heap)));
    }

    private static void AddHash(ref DistinctState state, ref Heap heap, ulong hash, long limit)
    {
        if (state.IsSketch == 0)
        {
            if (Insert(ref state, ref heap, hash, limit)) return;
            BecomeSketch(ref state, ref heap);
        }
        HyperLogLog.Add(heap.Get(state.Reference), hash);
    }

    /// <returns>false when the value is new and the set is at its limit.</returns>
    private static bool Insert(ref DistinctState state, ref Heap heap, ulong hash, long limit)
    {
        var table = MemoryMarshal.Cast<byte, ulong>(heap.Get(state.Reference));
        var place = table.Length == 0 ? -1 : Find(table, hash);
        if (place >= 0 && table[place] == hash) return true;
        if (state.Count >= limit) return false;
        if ((state.Count + 1) * 2 > table.Length)
        {
            table = Rehash(ref state, ref heap, (int)TableBytes(Math.Max(state.Count + 1, SmallestTable)));
            place = Find(table, hash);
        }
        table[place] = hash;
        state.Count++;
        return true;
    }

    private static Span<ulong> Rehash(scoped ref DistinctState state, scoped ref Heap heap, int bytes)
    {
        var table = MemoryMarshal.Cast<byte, ulong>(heap.Get(state.Reference));
        var larger = MemoryMarshal.Cast<byte, ulong>(heap.Replace(ref state.Reference, bytes));
        foreach (var kept in table)
        {
            if (kept != 0) larger[Find(larger, kept)] = kept;
        }
        return larger;
    }

    private static int Find(ReadOnlySpan<ulong> table, ulong hash)
    {
        var mask = table.Length - 1;
        var place = (int)(hash >> 32) & mask;
        while (table[place] != 0 && table[place] != hash) place = (place + 1) & mask;
        return place;
    }

    private static void BecomeSketch(ref DistinctState state, ref Heap heap)
    {
        var table = MemoryMarshal.Cast<byte, ulong>(heap.Get(state.Reference));
        var registers = heap.Replace(ref state.Reference, HyperLogLog.Registers);
        foreach (var hash in table)
        {
            if (hash != 0) HyperLogLog.Add(registers, hash);
        }
        state.IsSketch = 1;
        state.Count = 0;
    }

    private static ulong HashOf(Column values, int row)
    {
        var hash = values switch
        {
            Int64Column integers => Mix((ulong)integers[row]),
            DoubleColumn doubles => HashOf(doubles[row]),
            BooleanColumn booleans => Mix(booleans[row]),
            DecimalColumn decimals => HashOf(decimals[row]),
            _ => XxHash64.Hash(((BytesColumn)values)[row]),
        };
        return hash == 0 ? 1 : hash;
    }

    // -0 is 0 and any NaN is one value, as in keys.
    private static ulong HashOf(double value) => Mix(BitConverter.DoubleToUInt64Bits(double.IsNaN(value) ? double.NaN : value == 0 ? 0.0 : value));

    private static ulong HashOf(Int128 value)
    {
        if (value >= long.MinValue && value <= long.MaxValue) return Mix((ulong)(long)value);
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt128LittleEndian(bytes, value);
        return XxHash64.Hash(bytes);
    }

    // A bijection of 64 bits with full avalanche (D. Stafford, "Better Bit Mixing", mix 13), offset so that only one input maps to 0.
    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
