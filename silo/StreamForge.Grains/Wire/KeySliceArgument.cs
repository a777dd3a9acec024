using StreamForge.Cluster.Slices;

namespace StreamForge.Grains.Wire;

/// <summary>
/// A key's slice on its way to the key's grain. Within a silo it is the slice itself, whose rows all keys of the batch share; to another silo go the key's own rows alone, encoded as slices are.
/// </summary>
[Immutable]
internal sealed class KeySliceArgument
{
    private readonly KeySlice? _slice;
    private readonly SliceCodec? _codec;
    private readonly KeySliceSurrogate _encoded;

    public KeySliceArgument(KeySlice slice, SliceCodec codec) => (_slice, _codec) = (slice, codec);

    public KeySliceArgument(KeySliceSurrogate encoded) => _encoded = encoded;

    /// <summary>Whether it has come from another silo.</summary>
    public bool IsFromElsewhere => _slice is null;

    /// <summary>The slice, for the grain.</summary>
    public KeySlice Read(SliceCodec codec) => _slice ?? codec.Decode(new SliceBatch(_encoded.View, _encoded.Partition, _encoded.Payload))[0];

    public KeySliceSurrogate Encode() => _slice is null ? _encoded : new KeySliceSurrogate { View = _slice.Id.View, Partition = _slice.Partition, Payload = _codec!.Encode(_slice) };
}

[GenerateSerializer, Alias("StreamForge.KeySlice")]
internal struct KeySliceSurrogate
{
    [Id(0)]
    public int View;

    [Id(1)]
    public int Partition;

    [Id(2)]
    public ReadOnlyMemory<byte> Payload;
}

[RegisterConverter]
internal sealed class KeySliceConverter : IConverter<KeySliceArgument, KeySliceSurrogate>
{
    public KeySliceArgument ConvertFromSurrogate(in KeySliceSurrogate surrogate) => new(surrogate);

    public KeySliceSurrogate ConvertToSurrogate(in KeySliceArgument value) => value.Encode();
}
