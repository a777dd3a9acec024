using StreamForge.Core;
using StreamForge.Features.Aggregates;

namespace StreamForge.Features.Multisets;

/// <summary>How the values of a column become the keys of a multiset, and keys values again. Stateless but for parameters.</summary>
public interface IMultisetCodec<TKey> where TKey : unmanaged, IMultisetKey<TKey>
{
    /// <summary>The key of a row, which is not null.</summary>
    /// <param name="text">The area that the key's text stands in.</param>
    TKey KeyOf(in RowInput input, out ReadOnlySpan<byte> text);

    /// <summary>The value that a key stands for.</summary>
    /// <param name="type">The column's type.</param>
    FeatureValue ValueOf(DataType type, in TKey key, ReadOnlySpan<byte> text);
}
