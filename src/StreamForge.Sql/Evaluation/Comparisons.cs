using System.Numerics;
using StreamForge.Core;

namespace StreamForge.Sql.Evaluation;

/// <summary>Loops that compare columns. Text and bytes compare by their bytes, which for UTF-8 is the order of code points; NaN as IEEE 754 says.</summary>
internal static class Comparisons
{
    public static BooleanColumn Compare(ComparisonKind kind, Column a, Column b) => kind switch
    {
        ComparisonKind.Equal => Compare<Equal>(a, b),
        ComparisonKind.NotEqual => Compare<NotEqual>(a, b),
        ComparisonKind.Less => Compare<Less>(a, b),
        ComparisonKind.LessOrEqual => Compare<LessOrEqual>(a, b),
        ComparisonKind.Greater => Compare<Greater>(a, b),
        _ => Compare<GreaterOrEqual>(a, b),
    };

    public static BooleanColumn WithConstant(ComparisonKind kind, BytesColumn a, ReadOnlySpan<byte> b)
    {
        var result = Result(a.Count);
        var values = result.WritableValues;
        if (kind is ComparisonKind.Equal or ComparisonKind.NotEqual)
        {
            var flip = kind == ComparisonKind.Equal ? (byte)0 : (byte)1;
            for (var i = 0; i < values.Length; i++) values[i] = (byte)((a[i].SequenceEqual(b) ? 1 : 0) ^ flip);
        }
        else
        {
            for (var i = 0; i < values.Length; i++) values[i] = Holds(kind, a[i].SequenceCompareTo(b)) ? (byte)1 : (byte)0;
        }
        result.CopyValidity(a);
        return result;
    }

    private static bool Holds(ComparisonKind kind, int order) => kind switch
    {
        ComparisonKind.Less => order < 0,
        ComparisonKind.LessOrEqual => order <= 0,
        ComparisonKind.Greater => order > 0,
        _ => order >= 0,
    };

    private static BooleanColumn Result(int count)
    {
        var result = new BooleanColumn(count);
        result.SetLength(count);
        return result;
    }

    private static BooleanColumn Compare<TComparison>(Column a, Column b) where TComparison : struct, IComparison
    {
        var result = Result(a.Count);
        var values = result.WritableValues;
        switch (a)
        {
            case Int64Column x: Loop<long, TComparison>(x.Values, ((Int64Column)b).Values, values); break;
            case DoubleColumn x: Loop<double, TComparison>(x.Values, ((DoubleColumn)b).Values, values); break;
            case BooleanColumn x: Loop<byte, TComparison>(x.Values, ((BooleanColumn)b).Values, values); break;
            case DecimalColumn x when a.Type.Scale == b.Type.Scale: Loop<Int128, TComparison>(x.Values, ((DecimalColumn)b).Values, values); break;
            case DecimalColumn x:
                var y = (DecimalColumn)b;
                for (var i = 0; i < values.Length; i++)
                    values[i] = TComparison.Holds(CompareDecimals(x[i], a.Type.Scale, y[i], b.Type.Scale)) ? (byte)1 : (byte)0;
                break;
            case BytesColumn x:
                var other = (BytesColumn)b;
                for (var i = 0; i < values.Length; i++)
                    values[i] = TComparison.Holds(x[i].SequenceCompareTo(other[i])) ? (byte)1 : (byte)0;
                break;
        }
        Nulls.Combine(result, a, b);
        return result;
    }

    private static void Loop<T, TComparison>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<byte> result)
        where T : IComparable<T>, IComparisonOperators<T, T, bool>
        where TComparison : struct, IComparison
    {
        for (var i = 0; i < result.Length && i < a.Length && i < b.Length; i++) result[i] = TComparison.Holds(a[i], b[i]) ? (byte)1 : (byte)0;
    }

    /// <summary>Order of two decimals by value, whatever their scales.</summary>
    public static int CompareDecimals(Int128 a, int aScale, Int128 b, int bScale)
    {
        // What does not fit when scaled up is further from zero than everything that fits.
        if (aScale < bScale) return Decimal128.TryRescale(a, aScale, bScale, out var scaled) ? scaled.CompareTo(b) : Int128.Sign(a);
        if (aScale > bScale) return Decimal128.TryRescale(b, bScale, aScale, out var scaled) ? a.CompareTo(scaled) : -Int128.Sign(b);
        return a.CompareTo(b);
    }

    private readonly struct Equal : IComparison
    {
        public static bool Holds<T>(T a, T b) where T : IComparable<T>, IComparisonOperators<T, T, bool> => a == b;
        public static bool Holds(int order) => order == 0;
    }

    private readonly struct NotEqual : IComparison
    {
        public static bool Holds<T>(T a, T b) where T : IComparable<T>, IComparisonOperators<T, T, bool> => a != b;
        public static bool Holds(int order) => order != 0;
    }

    private readonly struct Less : IComparison
    {
        public static bool Holds<T>(T a, T b) where T : IComparable<T>, IComparisonOperators<T, T, bool> => a < b;
        public static bool Holds(int order) => order < 0;
    }

    private readonly struct LessOrEqual : IComparison
    {
        public static bool Holds<T>(T a, T b) where T : IComparable<T>, IComparisonOperators<T, T, bool> => a <= b;
        public static bool Holds(int order) => order <= 0;
    }

    private readonly struct Greater : IComparison
    {
        public static bool Holds<T>(T a, T b) where T : IComparable<T>, IComparisonOperators<T, T, bool> => a > b;
        public static bool Holds(int order) => order > 0;
    }

    private readonly struct GreaterOrEqual : IComparison
    {
        public static bool Holds<T>(T a, T b) where T : IComparable<T>, IComparisonOperators<T, T, bool> => a >= b;
        public static bool Holds(int order) => order >= 0;
    }
}
