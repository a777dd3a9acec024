using System.Numerics;
using System.Runtime.InteropServices;
using StreamForge.Core;

namespace StreamForge.Features.Aggregates;

/// <summary>
/// Sample variance of integers and decimals from exact sums of the values and of their squares, so that any order of adding, merging and taking out comes to the same; rounded once.
/// <code>
/// slot  count (i64), sum, sum of squares: two's complement, little-endian; 2 and 3 words of 64 bits for integers, 3 and 5 for decimals, unscaled
/// </code>
/// </summary>
/// <param name="of">int, bigint or decimal.</param>
/// <param name="root">Whether the result is the standard deviation.</param>
public sealed class ExactVariance(DataType of, bool root) : IRetractable, IFixedAggregate
{
    private readonly int _sumWords = of.IsInteger ? 2 : 3;
    private readonly int _squareWords = of.IsInteger ? 3 : 5;

    public string StateName => of.IsInteger ? "variance.integer" : $"variance.decimal({of.Scale})";

    public byte Version => 1;

    public int Size => (1 + _sumWords + _squareWords) * sizeof(ulong);

    public bool UsesHeap => false;

    public DataType ResultType => DataType.Double;

    public int HeapNeed(ReadOnlySpan<byte> slot, in RowInput input) => 0;

    public int MergeNeed(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> other, ReadOnlySpan<byte> otherHeap) => 0;

    public void Accumulate(Span<byte> slot, ref Heap heap, in RowInput input) => Change(slot, input, retracts: false);

    public void Retract(Span<byte> slot, ref Heap heap, in RowInput input) => Change(slot, input, retracts: true);

    public long Holds(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap, in RowInput input) => MemoryMarshal.Read<long>(slot);

    private void Change(Span<byte> slot, in RowInput input, bool retracts)
    {
        Int128 value = input.Values is DecimalColumn decimals ? decimals[input.Row] : ((Int64Column)input.Values!)[input.Row];
        var words = MemoryMarshal.Cast<byte, ulong>(slot);
        if (retracts) words[0]--;
        else words[0]++;
        AddSigned(words.Slice(1, _sumWords), retracts ? -value : value);
        var magnitude = (UInt128)(value < 0 ? -value : value);
        Span<ulong> square = stackalloc ulong[4];
        Square(magnitude, square);
        Add(words[(1 + _sumWords)..], square, retracts);
    }

    private static void AddSigned(Span<ulong> into, Int128 value)
    {
        Span<ulong> words = stackalloc ulong[into.Length];
        words.Fill(value < 0 ? ulong.MaxValue : 0);
        words[0] = (ulong)(value & ulong.MaxValue);
        words[1] = (ulong)((value >> 64) & ulong.MaxValue);
        Add(into, words, subtract: false);
    }

    private static void Square(UInt128 value, Span<ulong> square)
    {
        var low = (ulong)(value & ulong.MaxValue);
        var high = (ulong)(value >> 64);
        square.Clear();
        square[1] = Math.BigMul(low, low, out square[0]);
        if (high == 0) return;
        square[3] = Math.BigMul(high, high, out square[2]);
        Span<ulong> cross = stackalloc ulong[2];
        cross[1] = Math.BigMul(low, high, out cross[0]);
        Add(square[1..], cross, subtract: false);
        Add(square[1..], cross, subtract: false);
    }

    /// <summary>Adds words to, or takes them from, a number at least as long where the difference is zeros; modulo its length, as two's complement does.</summary>
    private static void Add(Span<ulong> into, ReadOnlySpan<ulong> words, bool subtract)
    {
        ulong carry = 0;
        for (var i = 0; i < into.Length; i++)
        {
            var word = i < words.Length ? words[i] : 0;
            var (before, addend) = (into[i], word + carry);
            var wrapped = addend < carry;
            into[i] = subtract ? before - addend : before + addend;
            carry = wrapped || (subtract ? addend > before : into[i] < before) ? 1UL : 0;
        }
    }

    public void Merge(Span<byte> slot, ref Heap heap, ReadOnlySpan<byte> other, ReadOnlySpan<byte> otherHeap) => Join(slot, other);

    public void MergeAll(Span<byte> slot, ReadOnlySpan<byte> tiles, int offset, int stride)
    {
        for (; offset < tiles.Length; offset += stride) Join(slot, tiles.Slice(offset, Size));
    }

    private void Join(Span<byte> slot, ReadOnlySpan<byte> other)
    {
        var into = MemoryMarshal.Cast<byte, ulong>(slot);
        var from = MemoryMarshal.Cast<byte, ulong>(other);
        into[0] += from[0];
        Add(into.Slice(1, _sumWords), from.Slice(1, _sumWords), subtract: false);
        Add(into[(1 + _sumWords)..], from[(1 + _sumWords)..], subtract: false);
    }

    public FeatureValue Finish(ReadOnlySpan<byte> slot, ReadOnlySpan<byte> heap)
    {
        var count = MemoryMarshal.Read<long>(slot);
        if (count < 2) return FeatureValue.Missing(ResultType, FeatureStatus.NullValue);
        var sum = new BigInteger(slot.Slice(sizeof(ulong), _sumWords * sizeof(ulong)));
        var squares = new BigInteger(slot[((1 + _sumWords) * sizeof(ulong))..]);
        // n (n - 1) variance = n (sum of squares) - (sum)^2, of unscaled values.
        var variance = ExactRatio.Divide(count * squares - sum * sum, count * (BigInteger)(count - 1) * BigInteger.Pow(10, 2 * of.Scale));
        return FeatureValue.OfDouble(root ? Math.Sqrt(variance) : variance);
    }
}
