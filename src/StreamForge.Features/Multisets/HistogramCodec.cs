using System.Numerics;
using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Features.Multisets;

/// <summary>
/// The buckets of a histogram: number i holds [bound i - 1, bound i), the first all below the first bound, the last all from the last bound on, with NaN, which stands above every number.
/// Integers and decimals are compared exactly, doubles with the doubles nearest to the bounds.
/// </summary>
public readonly struct HistogramCodec : IMultisetCodec<Int64Key>
{
    private readonly Int128[] _whole;
    private readonly double[] _real;

    /// <param name="type">The column's.</param>
    /// <param name="bounds">Ascending.</param>
    public HistogramCodec(DataType type, IReadOnlyCollection<ExactNumber> bounds)
    {
        // A whole number lies at or above a bound exactly when it does so of the bound's ceiling.
        _whole = [.. bounds.Select(b => (Int128)BigInteger.Clamp(b.Ceiling(type.Scale), Int128.MinValue, Int128.MaxValue))];
        _real = [.. bounds.Select(b => b.ToDouble())];
    }

    public Int64Key KeyOf(in RowInput input, out ReadOnlySpan<byte> text)
    {
        text = default;
        return new Int64Key
        {
            Value = input.Values switch
            {
                DoubleColumn doubles => double.IsNaN(doubles[input.Row]) ? _real.Length : AtOrBelow(_real, doubles[input.Row]),
                DecimalColumn decimals => AtOrBelow(_whole, decimals[input.Row]),
                var integers => AtOrBelow(_whole, ((Int64Column)integers!)[input.Row]),
            },
        };
    }

    /// <summary>How many bounds are not above the value.</summary>
    private static int AtOrBelow<T>(T[] bounds, T value) where T : IComparisonOperators<T, T, bool>
    {
        int low = 0, high = bounds.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (bounds[middle] <= value) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    public FeatureValue ValueOf(DataType type, in Int64Key key, ReadOnlySpan<byte> text) => FeatureValue.OfInt64(DataType.BigInt, key.Value);
}
