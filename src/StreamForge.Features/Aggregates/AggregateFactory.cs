using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Features.Multisets;

namespace StreamForge.Features.Aggregates;

/// <summary>The aggregates by name and column type.</summary>
public static class AggregateFactory
{
    /// <summary>All but ratio, which is made of two (<see cref="Ratio"/>).</summary>
    public static ImmutableArray<string> Functions { get; } =
        ["count", "sum", "avg", "min", "max", "variance", "stddev", "first", "last", "last_n", "distinct", "quantile", "top_k", "histogram"];

    /// <summary>The aggregate <paramref name="function"/> over rows that are only ever added, or the sentence that says why there is none.</summary>
    /// <param name="type">The column's; null for count without <c>of</c>.</param>
    public static (IAggregate? Aggregate, string? Error) Create(string function, DataType? type, AggregateParameters parameters) =>
        Refusal(function, type) is { } error ? (null, error) : (Appending(function, type ?? default, parameters) ?? Retractable(function, type ?? default, parameters), null);

    /// <summary>As <see cref="Create(string, DataType?, AggregateParameters)"/>, with the limit of an exact distinct alone.</summary>
    public static (IAggregate? Aggregate, string? Error) Create(string function, DataType? type, long exactUpTo) =>
        Create(function, type, new AggregateParameters { ExactUpTo = exactUpTo });

    /// <summary>The aggregate <paramref name="function"/> over rows that are taken out again too, or the sentence that says why there is none.</summary>
    public static (IRetractable? Aggregate, string? Error) CreateRetractable(string function, DataType? type, AggregateParameters parameters) =>
        Refusal(function, type) is { } error ? (null, error) : (Retractable(function, type ?? default, parameters), null);

    /// <summary>One or the other.</summary>
    public static (IAggregate? Aggregate, string? Error) Create(string function, DataType? type, AggregateParameters parameters, bool retracts) =>
        retracts ? CreateRetractable(function, type, parameters) : Create(function, type, parameters);

    private static string? Refusal(string function, DataType? type)
    {
        if (!Functions.Contains(function)) return $"unknown function '{function}'; known are {string.Join(", ", Functions)}, ratio";
        if (function == "count") return null;
        if (type is not { } of) return $"{function} needs 'of', the column that it aggregates";
        return function is "sum" or "avg" or "variance" or "stddev" or "quantile" or "histogram" && !of.IsNumeric ? $"{function} needs a number, not a {of}" : null;
    }

    /// <summary>What keeps less than a row could be taken out of; null where there is no such form.</summary>
    private static IAggregate? Appending(string function, DataType of, AggregateParameters parameters) => function switch
    {
        "sum" when of.Kind == TypeKind.Double => new DoubleSum(),
        "avg" when of.Kind == TypeKind.Double => new DoubleAverage(),
        "min" or "max" => Extreme(of, function == "max"),
        "first" or "last" => Ordered(of, function == "last"),
        "last_n" => Over(of, zerosAreOne: false, new KeptLastMaker(of, parameters.N)),
        "distinct" => new DistinctAggregate(parameters.ExactUpTo),
        _ => null,
    };

    private static IRetractable Retractable(string function, DataType of, AggregateParameters parameters) => (function, of.Kind) switch
    {
        ("count", _) => new CountAggregate(),
        ("sum", TypeKind.Double) => new RetractableDoubleSum(),
        ("avg", TypeKind.Double) => new RetractableDoubleAverage(),
        ("sum", TypeKind.Decimal) => new DecimalSum(of.Scale),
        ("avg", TypeKind.Decimal) => new DecimalAverage(of.Scale),
        ("sum", _) => new IntegerSum(),
        ("avg", _) => new IntegerAverage(),
        ("variance" or "stddev", TypeKind.Double) => new DoubleVariance(function == "stddev"),
        ("variance" or "stddev", _) => new ExactVariance(of, function == "stddev"),
        ("quantile", _) => new Quantile(parameters.Q, parameters.RelativeError),
        ("histogram", _) => new Histogram(of, parameters.Bounds),
        ("min" or "max", _) => Over(of, zerosAreOne: false, new EndMaker(of, function == "max")),
        ("distinct", _) => Over(of, zerosAreOne: true, new DistinctMaker()),
        ("top_k", _) => Over(of, zerosAreOne: true, new TopMaker(of, parameters.K)),
        ("first" or "last", _) => Over(of, zerosAreOne: false, new TimedEndMaker(of, function == "last")),
        _ => Over(of, zerosAreOne: false, new TimedLastMaker(of, parameters.N)),
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

    /// <summary>Makes an aggregate for the keys of a column's type.</summary>
    private interface IMaker<TResult>
    {
        TResult Make<TKey, TCodec>(TCodec codec, string name) where TKey : unmanaged, IMultisetKey<TKey> where TCodec : struct, IMultisetCodec<TKey>;
    }

    private static TResult Over<TResult>(DataType of, bool zerosAreOne, IMaker<TResult> maker) => of.Kind switch
    {
        TypeKind.Boolean => maker.Make<Int64Key, BooleanCodec>(default, "boolean"),
        TypeKind.Double => maker.Make<Int64Key, DoubleCodec>(new DoubleCodec(zerosAreOne), zerosAreOne ? "double.one_zero" : "double"),
        TypeKind.Decimal => maker.Make<DecimalKey, DecimalCodec>(default, of.ToString()),
        _ when of.IsInt64Backed => maker.Make<Int64Key, Int64Codec>(default, of.ToString()),
        _ => maker.Make<TextKey, TextCodec>(default, of.ToString()),
    };

    private sealed class EndMaker(DataType type, bool greatest) : IMaker<IRetractable>
    {
        public IRetractable Make<TKey, TCodec>(TCodec codec, string name) where TKey : unmanaged, IMultisetKey<TKey> where TCodec : struct, IMultisetCodec<TKey> =>
            new MultisetEnd<TKey, TCodec>($"values.{name}", type, codec, greatest);
    }

    private sealed class DistinctMaker : IMaker<IRetractable>
    {
        public IRetractable Make<TKey, TCodec>(TCodec codec, string name) where TKey : unmanaged, IMultisetKey<TKey> where TCodec : struct, IMultisetCodec<TKey> =>
            new MultisetDistinct<TKey, TCodec>($"values.{name}", codec);
    }

    private sealed class TopMaker(DataType type, int k) : IMaker<IRetractable>
    {
        public IRetractable Make<TKey, TCodec>(TCodec codec, string name) where TKey : unmanaged, IMultisetKey<TKey> where TCodec : struct, IMultisetCodec<TKey> =>
            new MultisetTop<TKey, TCodec>($"values.{name}", type, codec, k);
    }

    private sealed class TimedEndMaker(DataType type, bool last) : IMaker<IRetractable>
    {
        public IRetractable Make<TKey, TCodec>(TCodec codec, string name) where TKey : unmanaged, IMultisetKey<TKey> where TCodec : struct, IMultisetCodec<TKey> =>
            last
                ? new MultisetEnd<TimedKey<TKey>, TimedCodec<TKey, TCodec>>($"timed_values.{name}", type, new TimedCodec<TKey, TCodec>(codec), greatest: true)
                : new MultisetEnd<EarliestKey<TKey>, EarliestCodec<TKey, TCodec>>($"earliest_values.{name}", type, new EarliestCodec<TKey, TCodec>(codec), greatest: false);
    }

    private sealed class TimedLastMaker(DataType type, int n) : IMaker<IRetractable>
    {
        public IRetractable Make<TKey, TCodec>(TCodec codec, string name) where TKey : unmanaged, IMultisetKey<TKey> where TCodec : struct, IMultisetCodec<TKey> =>
            new MultisetLast<TimedKey<TKey>, TimedCodec<TKey, TCodec>>($"timed_values.{name}", type, new TimedCodec<TKey, TCodec>(codec), n);
    }

    private sealed class KeptLastMaker(DataType type, int n) : IMaker<IAggregate>
    {
        public IAggregate Make<TKey, TCodec>(TCodec codec, string name) where TKey : unmanaged, IMultisetKey<TKey> where TCodec : struct, IMultisetCodec<TKey> =>
            new KeptLast<TKey, TCodec>(type, new PositionedCodec<TKey, TCodec>(codec), n);
    }
}
