using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Features.Multisets;

/// <summary>The least or the greatest key's value: min and max, and over keys with times first and last.</summary>
public sealed class MultisetEnd<TKey, TCodec> : MultisetAggregate<TKey, TCodec>
    where TKey : unmanaged, IMultisetKey<TKey>
    where TCodec : struct, IMultisetCodec<TKey>
{
    private readonly string _stateName;
    private readonly DataType _type;
    private readonly bool _greatest;

    public MultisetEnd(string stateName, DataType type, TCodec codec, bool greatest) : base(stateName, codec)
    {
        (_stateName, _type, _greatest) = (stateName, type, greatest);
        Ends = greatest ? (0, 1) : (1, 0);
    }

    public override DataType ResultType => _type;

    protected override IReadInPart With((int Least, int Greatest) ends) => new MultisetEnd<TKey, TCodec>(_stateName, _type, Codec, _greatest) { Ends = ends };

    protected override FeatureValue Result(in MultisetState state, MultisetView<TKey> values)
    {
        var walk = _greatest ? values.Descending : values.Ascending;
        walk.MoveNext();
        return Codec.ValueOf(_type, walk.Current.Key, values.Text);
    }
}
