using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Features.Aggregates;

/// <summary>The aggregates by name and column type.</summary>
public static class AggregateFactory
{
    /// <summary>The largest <c>exact_up_to</c> when none is given.</summary>
    public const long DefaultExactUpTo = 1000;

    public static ImmutableArray<string> Functions { get; } = ["count", "sum", "avg", "min", "max", "first", "last", "distinct"];

    /// <summary>The aggregate <paramref name="function"/> over a column of <paramref name="type"/>, or the sentence that says why there is none.</summary>
    /// <param name="type">null for count without <c>of</c>.</param>
    public static (IAggregate? Aggregate, string? Error) Create(string function, DataType? type, long exactUpTo)
    {
        if (function == "count") return (new CountAggregate(), null);
        if (type is not { } of) return (null, $"{function} needs 'of', the column that it aggregates");
        return function switch
        {
            "sum" or "avg" => Sum(function, of),
            "min" or "max" => (Extreme(of, function == "max"), null),
            "first" or "last" => (Ordered(of, function == "last"), null),
            "distinct" => (new DistinctAggregate(exactUpTo), null),
            _ => (null, $"unknown function '{function}'; known are {string.Join(", ", Functions)}"),
        };
    }

    private static (IAggregate?, string?) Sum(string function, DataType of) => (function, of.Kind) switch
    {
        ("sum", TypeKind.Int or TypeKind.BigInt) => (new IntegerSum(), null),
        ("avg", TypeKind.Int or TypeKind.BigInt) => (new IntegerAverage(), null),
        ("sum", TypeKind.Double) => (new DoubleSum(), null),
        ("avg", TypeKind.Double) => (new DoubleAverage(), null),
        ("sum", TypeKind.Decimal) => (new DecimalSum(of.Scale), null),
        ("avg", TypeKind.Decimal) => (new DecimalAverage(of.Scale), null),
        _ => (null, $"{function} needs a number, not a {of}"),
    };

    private static IAggregate Extreme(DataType of, bool largest)
    {
        var name = $"{(largest ? "max" : "min")}.{of}";
        return of.Kind switch
        {
            TypeKind.Boolean => new Extreme<byte>(name, of, largest, v => FeatureValue.OfBoolean(v != 0)),
            TypeKind.Double => new Extreme<double>(name, of, largest, FeatureValue.OfDouble),
            TypeKind.Decimal => new Extreme<Int128>(name, of, largest, v => FeatureValue.OfDecimal(of, v)),
            _ when of.IsInt64Backed => new Extreme<long>(name, of, largest, v => FeatureValue.OfInt64(of, v)),
            _ => new TextExtreme(of, largest),
        };
    }

    private static IAggregate Ordered(DataType of, bool last)
    {
        var name = $"{(last ? "last" : "first")}.{of}";
        return of.Kind switch
        {
            TypeKind.Boolean => new TimeOrdered<byte>(name, of, last, v => FeatureValue.OfBoolean(v != 0)),
            TypeKind.Double => new TimeOrdered<double>(name, of, last, FeatureValue.OfDouble),
            TypeKind.Decimal => new TimeOrdered<Int128>(name, of, last, v => FeatureValue.OfDecimal(of, v)),
            _ when of.IsInt64Backed => new TimeOrdered<long>(name, of, last, v => FeatureValue.OfInt64(of, v)),
            _ => new TextTimeOrdered(of, last),
        };
    }
}
