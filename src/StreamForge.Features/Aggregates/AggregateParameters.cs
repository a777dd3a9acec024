using System.Collections.Immutable;

namespace StreamForge.Features.Aggregates;

/// <summary>What an aggregate's definition sets besides its column. Each is read by the functions that it belongs to and has been checked by whoever read it.</summary>
public sealed record AggregateParameters
{
    /// <summary>The largest <c>exact_up_to</c> when none is given.</summary>
    public const long DefaultExactUpTo = 1000;

    /// <summary>The error of a quantile when none is given.</summary>
    public const double DefaultRelativeError = 0.01;

    /// <summary>distinct over rows that are only added: up to how many values are counted exactly; at least 1.</summary>
    public long ExactUpTo { get; init; } = DefaultExactUpTo;

    /// <summary>quantile: which one, 0 to 1.</summary>
    public double Q { get; init; } = 0.5;

    /// <summary>quantile: the error of the answer as a share of it, above 0 and below 1.</summary>
    public double RelativeError { get; init; } = DefaultRelativeError;

    /// <summary>last_n: how many values; at least 1.</summary>
    public int N { get; init; } = 1;

    /// <summary>top_k: how many values; at least 1.</summary>
    public int K { get; init; } = 1;

    /// <summary>histogram: where its buckets end, ascending.</summary>
    public ImmutableArray<ExactNumber> Bounds { get; init; } = [];
}
