using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Features.Multisets;

/// <summary>last_n over keys with times: the newest values, newest first, ties of time by the greater value first; a value that was added twice stands there twice.</summary>
public sealed class MultisetLast<TKey, TCodec> : MultisetAggregate<TKey, TCodec>
    where TKey : unmanaged, IMultisetKey<TKey>
    where TCodec : struct, IMultisetCodec<TKey>
{
    private readonly string _stateName;
    private readonly DataType _type;
    private readonly int _n;

    public MultisetLast(string stateName, DataType type, TCodec codec, int n) : base(stateName, codec)
    {
        (_stateName, _type, _n) = (stateName, type, n);
        Ends = (0, n);
    }

    public override DataType ResultType => JsonArray.ResultType;

    protected override IReadInPart With((int Least, int Greatest) ends) => new MultisetLast<TKey, TCodec>(_stateName, _type, Codec, _n) { Ends = ends };

    protected override FeatureValue Result(in MultisetState state, MultisetView<TKey> values)
    {
        var result = new List<FeatureValue>(Math.Min(_n, 16));
        for (var walk = values.Descending; result.Count < _n && walk.MoveNext();)
        {
            var value = Codec.ValueOf(_type, walk.Current.Key, values.Text);
            for (var times = walk.Current.Count; times > 0 && result.Count < _n; times--) result.Add(value);
        }
        return JsonArray.Of(result);
    }
}
