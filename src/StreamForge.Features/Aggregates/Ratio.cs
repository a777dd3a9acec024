using StreamForge.Core;

namespace StreamForge.Features.Aggregates;

/// <summary>
/// ratio: one sum by another, both of which are accumulators of their own that other aggregates may share. A double; no value when the denominator is 0. A boolean is summed as the number of rows for which it is
/// true, and nothing as 0.
/// </summary>
public static class Ratio
{
    /// <summary>The aggregate that sums a numerator or a denominator.</summary>
    /// <param name="type">null to count rows.</param>
    /// <param name="retracts">Whether rows are taken out again.</param>
    public static (ITotal? Aggregate, string? Error) Part(DataType? type, bool retracts) => type switch
    {
        null => (new CountAggregate(), null),
        { Kind: TypeKind.Boolean } => (new TrueCount(), null),
        { IsNumeric: true } number => ((ITotal?)AggregateFactory.Create("sum", number, new AggregateParameters(), retracts).Aggregate, null),
        { } other => (null, $"ratio divides numbers or counts rows for which a condition is true; it cannot sum a {other}"),
    };

    public static FeatureValue Finish(in Total numerator, in Total denominator) => Total.Divide(numerator, denominator) is { } ratio
        ? FeatureValue.OfDouble(ratio)
        : FeatureValue.Missing(DataType.Double, FeatureStatus.NullValue);
}
