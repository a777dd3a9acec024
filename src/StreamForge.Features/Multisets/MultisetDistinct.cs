using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Features.Multisets;

/// <summary>distinct: how many keys there are; always exact.</summary>
public sealed class MultisetDistinct<TKey, TCodec>(string stateName, TCodec codec) : MultisetAggregate<TKey, TCodec>(stateName, codec)
    where TKey : unmanaged, IMultisetKey<TKey>
    where TCodec : struct, IMultisetCodec<TKey>
{
    public override DataType ResultType => DataType.BigInt;

    protected override IReadInPart With((int Least, int Greatest) ends) => this;

    protected override FeatureValue Empty => FeatureValue.OfInt64(DataType.BigInt, 0);

    protected override FeatureValue Result(in MultisetState state, MultisetView<TKey> values) => FeatureValue.OfInt64(DataType.BigInt, state.Positive);
}
