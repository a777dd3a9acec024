using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Features.Multisets;

/// <summary>
/// The buckets of DDSketch (C. Masson, J. Rim, H. Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees", 2019): with g = (1 + a) / (1 - a) a number x above 0 falls
/// into bucket i = ceil(log_g x), which holds (g^(i-1), g^i] and is read as 2 g^i / (g + 1), at most a x away from all of it. Numbers below 0 have buckets of their own by their magnitude; 0, the infinities and
/// NaN have one each. A bucket's key lies in the order of its numbers, so that the sketch is a counted multiset of buckets, and a number is taken out of it by taking it out of its bucket.
/// </summary>
/// <param name="relativeError">a, above 0 and below 1.</param>
public readonly struct SketchCodec(double relativeError) : IMultisetCodec<Int64Key>
{
    /// <summary>The key of bucket 0; far above the magnitude of any i.</summary>
    private const long Middle = 1L << 60;

    private const long NotANumber = long.MaxValue;
    private const long PositiveInfinity = long.MaxValue - 1;
    private const long NegativeInfinity = long.MinValue;

    // The error of logarithm and exponential, up to 1e-13, comes out of the promise's own width.
    private readonly double _logOfGamma = LogOfGamma(relativeError - 1e-12);

    private static double LogOfGamma(double error) => Math.Log(1 + error) - Math.Log(1 - error);

    public Int64Key KeyOf(in RowInput input, out ReadOnlySpan<byte> text)
    {
        text = default;
        return new Int64Key { Value = KeyOf(Numbers.ToDouble(input.Values!, input.Row)) };
    }

    private long KeyOf(double value)
    {
        if (double.IsNaN(value)) return NotANumber;
        if (double.IsInfinity(value)) return value > 0 ? PositiveInfinity : NegativeInfinity;
        if (value == 0) return 0;
        var key = Middle + (long)Math.Ceiling(Math.Log(Math.Abs(value)) / _logOfGamma);
        return value > 0 ? key : -key;
    }

    public FeatureValue ValueOf(DataType type, in Int64Key key, ReadOnlySpan<byte> text) => FeatureValue.OfDouble(ValueOf(key.Value));

    private double ValueOf(long key)
    {
        switch (key)
        {
            case 0: return 0;
            case NotANumber: return double.NaN;
            case PositiveInfinity: return double.PositiveInfinity;
            case NegativeInfinity: return double.NegativeInfinity;
        }
        // 2 g^i / (g + 1), where g^i alone may be out of a double's range.
        var value = Math.Exp((Math.Abs(key) - Middle) * _logOfGamma + Math.Log(2 / (Math.Exp(_logOfGamma) + 1)));
        return Math.CopySign(Math.Min(value, double.MaxValue), key);
    }
}
