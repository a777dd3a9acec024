using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Features.Multisets;

/// <summary>histogram: how many values lie in each bucket (<see cref="HistogramCodec"/>); only buckets with values take memory.</summary>
public sealed class Histogram(DataType type, IReadOnlyCollection<ExactNumber> bounds)
    : MultisetAggregate<Int64Key, HistogramCodec>($"histogram({string.Join(',', bounds)}).{type}", new HistogramCodec(type, bounds))
{
    public override DataType ResultType => JsonArray.ResultType;

    protected override IReadInPart With((int Least, int Greatest) ends) => this;

    protected override FeatureValue Result(in MultisetState state, MultisetView<Int64Key> values)
    {
        var counts = new long[bounds.Count + 1];
        for (var walk = values.Ascending; walk.MoveNext();) counts[walk.Current.Key.Value] = walk.Current.Count;
        return JsonArray.Of(counts.Select(c => FeatureValue.OfInt64(DataType.BigInt, c)));
    }
}
