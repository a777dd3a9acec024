using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Features.Multisets;

/// <summary>top_k: the most frequent values, ties by the smaller value first; exact.</summary>
/// <param name="k">How many at most.</param>
public sealed class MultisetTop<TKey, TCodec>(string stateName, DataType type, TCodec codec, int k) : MultisetAggregate<TKey, TCodec>(stateName, codec)
    where TKey : unmanaged, IMultisetKey<TKey>
    where TCodec : struct, IMultisetCodec<TKey>
{
    public override DataType ResultType => JsonArray.ResultType;

    protected override IReadInPart With((int Least, int Greatest) ends) => this;

    protected override FeatureValue Result(in MultisetState state, MultisetView<TKey> values)
    {
        // Walked from the least value up, a later one of the same count stands behind: the head of the queue is what leaves first.
        var kept = new PriorityQueue<TKey, (long Count, long Place)>(k + 1);
        var place = 0L;
        for (var walk = values.Ascending; walk.MoveNext();)
        {
            var rank = (walk.Current.Count, place--);
            if (kept.Count < k) kept.Enqueue(walk.Current.Key, rank);
            else kept.EnqueueDequeue(walk.Current.Key, rank);
        }
        var result = new FeatureValue[kept.Count];
        while (kept.TryDequeue(out var key, out _)) result[kept.Count] = Codec.ValueOf(type, key, values.Text);
        return JsonArray.Of(result);
    }
}
