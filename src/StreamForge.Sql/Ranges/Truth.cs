using StreamForge.Core;
using StreamForge.Sql.Evaluation;

namespace StreamForge.Sql.Ranges;

/// <summary>Which of the three truth values an expression may have for some row: a set that may be too large and is never too small.</summary>
[Flags]
internal enum Truth : byte
{
    None = 0,
    True = 1,
    False = 2,
    Unknown = 4,
    Any = True | False | Unknown,
}

/// <summary>Kleene's operators and the comparisons, over sets of what may be.</summary>
internal static class Truths
{
    public static Truth Not(Truth a) =>
        ((a & Truth.True) != Truth.None ? Truth.False : Truth.None) | ((a & Truth.False) != Truth.None ? Truth.True : Truth.None) | (a & Truth.Unknown);

    public static Truth And(Truth a, Truth b)
    {
        if (a == Truth.None || b == Truth.None) return Truth.None;
        var result = a & b & Truth.True | (a | b) & Truth.False;
        if ((a | b).HasFlag(Truth.Unknown) && (a & ~Truth.False) != Truth.None && (b & ~Truth.False) != Truth.None) result |= Truth.Unknown;
        return result;
    }

    public static Truth Or(Truth a, Truth b) => Not(And(Not(a), Not(b)));

    public static Truth Of(bool mayBeTrue, bool mayBeFalse, bool mayBeUnknown) =>
        (mayBeTrue ? Truth.True : Truth.None) | (mayBeFalse ? Truth.False : Truth.None) | (mayBeUnknown ? Truth.Unknown : Truth.None);

    public static Truth Compare(ComparisonKind kind, ColumnRange a, ColumnRange b)
    {
        if (a.AlwaysNull || b.AlwaysNull) return Truth.Unknown;
        // NaN differs from everything and is neither below nor above it.
        var nan = a.MayBeNaN || b.MayBeNaN;
        return Of(
            MayHold(kind, a, b) || (nan && kind == ComparisonKind.NotEqual),
            MayHold(Negation(kind), a, b) || (nan && kind != ComparisonKind.NotEqual),
            !a.NeverNull || !b.NeverNull);
    }

    /// <summary>Whether the comparison may hold for some value of <paramref name="a"/> and some of <paramref name="b"/>, NaN aside.</summary>
    private static bool MayHold(ComparisonKind kind, ColumnRange a, ColumnRange b) => kind switch
    {
        ComparisonKind.Less => Order(a, 0, b, 1) is null or < 0,
        ComparisonKind.LessOrEqual => Order(a, 0, b, 1) is null or <= 0,
        ComparisonKind.Greater => Order(a, 1, b, 0) is null or > 0,
        ComparisonKind.GreaterOrEqual => Order(a, 1, b, 0) is null or >= 0,
        ComparisonKind.Equal => Order(a, 0, b, 1) is null or <= 0 && Order(a, 1, b, 0) is null or >= 0 && MayContain(a, b) && MayContain(b, a),
        // Values differ unless there is only one on each side, the same.
        _ => !(Order(a, 0, b, 1) == 0 && Order(a, 1, b, 0) == 0 && Order(a, 0, a, 1) == 0),
    };

    /// <summary>Whether some row of <paramref name="a"/> may have the one value that <paramref name="b"/> is.</summary>
    private static bool MayContain(ColumnRange a, ColumnRange b) => a.MayContain is not { } may || Order(b, 0, b, 1) != 0 || may(b.Bounds!, 0);

    private static ComparisonKind Negation(ComparisonKind kind) => kind switch
    {
        ComparisonKind.Less => ComparisonKind.GreaterOrEqual,
        ComparisonKind.LessOrEqual => ComparisonKind.Greater,
        ComparisonKind.Greater => ComparisonKind.LessOrEqual,
        ComparisonKind.GreaterOrEqual => ComparisonKind.Less,
        ComparisonKind.Equal => ComparisonKind.NotEqual,
        _ => ComparisonKind.Equal,
    };

    /// <summary>How two bounds compare; null when one is not known.</summary>
    private static int? Order(ColumnRange a, int i, ColumnRange b, int j) => !a.Knows(i) || !b.Knows(j) ? null : (a.Bounds, b.Bounds) switch
    {
        (Int64Column x, Int64Column y) => x[i].CompareTo(y[j]),
        (DoubleColumn x, DoubleColumn y) => x[i].CompareTo(y[j]),
        (BooleanColumn x, BooleanColumn y) => x[i].CompareTo(y[j]),
        (BytesColumn x, BytesColumn y) => x[i].SequenceCompareTo(y[j]),
        (DecimalColumn x, DecimalColumn y) => Order(x[i], x.Type.Scale, y[j], y.Type.Scale),
        _ => null,
    };

    /// <summary>Two decimals at the greater of their scales; null where one has too many digits for it.</summary>
    private static int? Order(Int128 a, int scaleA, Int128 b, int scaleB)
    {
        var scale = Math.Max(scaleA, scaleB);
        return Decimal128.TryRescale(a, scaleA, scale, out var x) && Decimal128.TryRescale(b, scaleB, scale, out var y) ? x.CompareTo(y) : null;
    }
}
