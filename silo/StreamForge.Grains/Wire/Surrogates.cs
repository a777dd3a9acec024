using System.Collections.Immutable;
using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Core;
using StreamForge.Pipeline.Watermarks;

// How the protocol's messages, which know nothing of Orleans, travel between silos. Within a silo they are immutable and handed over as they are (see Copiers).
namespace StreamForge.Grains.Wire;

[GenerateSerializer, Immutable, Alias("StreamForge.SliceBatch")]
internal readonly record struct SliceBatchSurrogate([property: Id(0)] int View, [property: Id(1)] int Partition, [property: Id(2)] ReadOnlyMemory<byte> Payload);

[RegisterConverter]
internal sealed class SliceBatchConverter : IConverter<SliceBatch, SliceBatchSurrogate>
{
    public SliceBatch ConvertFromSurrogate(in SliceBatchSurrogate surrogate) => new(surrogate.View, surrogate.Partition, surrogate.Payload);

    public SliceBatchSurrogate ConvertToSurrogate(in SliceBatch value) => new(value.View, value.Partition, value.Payload);
}

[GenerateSerializer, Immutable, Alias("StreamForge.SliceAnswer")]
internal readonly record struct SliceAnswerSurrogate([property: Id(0)] ImmutableArray<KeyAnswerSurrogate> Flushes, [property: Id(1)] bool IsBehind);

[RegisterConverter]
internal sealed class SliceAnswerConverter : IConverter<SliceAnswer, SliceAnswerSurrogate>
{
    public SliceAnswer ConvertFromSurrogate(in SliceAnswerSurrogate surrogate) => new([.. surrogate.Flushes.Select(f => (new SiloId(f.Silo), f.Flush))], surrogate.IsBehind);

    public SliceAnswerSurrogate ConvertToSurrogate(in SliceAnswer value) => new([.. value.Flushes.Select(f => new KeyAnswerSurrogate(f.Silo.Name, f.Flush, IsBehind: false))], value.IsBehind);
}

[GenerateSerializer, Immutable, Alias("StreamForge.KeyAnswer")]
internal readonly record struct KeyAnswerSurrogate([property: Id(0)] string Silo, [property: Id(1)] long Flush, [property: Id(2)] bool IsBehind);

[RegisterConverter]
internal sealed class KeyAnswerConverter : IConverter<KeyAnswer, KeyAnswerSurrogate>
{
    public KeyAnswer ConvertFromSurrogate(in KeyAnswerSurrogate surrogate) => new(new SiloId(surrogate.Silo), surrogate.Flush, surrogate.IsBehind);

    public KeyAnswerSurrogate ConvertToSurrogate(in KeyAnswer value) => new(value.Silo.Name, value.Flush, value.IsBehind);
}

[GenerateSerializer, Immutable, Alias("StreamForge.FlushStatus")]
internal readonly record struct FlushStatusSurrogate([property: Id(0)] string Silo, [property: Id(1)] long Completed, [property: Id(2)] long LastLoss);

[RegisterConverter]
internal sealed class FlushStatusConverter : IConverter<FlushStatus, FlushStatusSurrogate>
{
    public FlushStatus ConvertFromSurrogate(in FlushStatusSurrogate surrogate) => new(new SiloId(surrogate.Silo), surrogate.Completed, surrogate.LastLoss);

    public FlushStatusSurrogate ConvertToSurrogate(in FlushStatus value) => new(value.Silo.Name, value.Completed, value.LastLoss);
}

[GenerateSerializer, Immutable, Alias("StreamForge.KeyId")]
internal readonly record struct KeyIdSurrogate([property: Id(0)] int View, [property: Id(1)] byte[] Key);

[RegisterConverter]
internal sealed class KeyIdConverter : IConverter<KeyId, KeyIdSurrogate>
{
    public KeyId ConvertFromSurrogate(in KeyIdSurrogate surrogate) => new(surrogate.View, surrogate.Key);

    public KeyIdSurrogate ConvertToSurrogate(in KeyId value) => new(value.View, value.Key);
}

[GenerateSerializer, Immutable, Alias("StreamForge.CloseRequest")]
internal readonly record struct CloseRequestSurrogate([property: Id(0)] long Watermark, [property: Id(1)] long Final);

[RegisterConverter]
internal sealed class CloseRequestConverter : IConverter<CloseRequest, CloseRequestSurrogate>
{
    public CloseRequest ConvertFromSurrogate(in CloseRequestSurrogate surrogate) => new(surrogate.Watermark, surrogate.Final);

    public CloseRequestSurrogate ConvertToSurrogate(in CloseRequest value) => new(value.Watermark, value.Final);
}

[GenerateSerializer, Immutable, Alias("StreamForge.SinkRows")]
internal readonly record struct SinkRowsSurrogate([property: Id(0)] int Partition, [property: Id(1)] long Previous, [property: Id(2)] ReadOnlyMemory<byte> Payload, [property: Id(3)] long Next);

[RegisterConverter]
internal sealed class SinkRowsConverter : IConverter<SinkRows, SinkRowsSurrogate>
{
    public SinkRows ConvertFromSurrogate(in SinkRowsSurrogate surrogate) => new(surrogate.Partition, surrogate.Previous, surrogate.Payload, surrogate.Next);

    public SinkRowsSurrogate ConvertToSurrogate(in SinkRows value) => new(value.Partition, value.Previous, value.Payload, value.Next);
}

[GenerateSerializer, Immutable, Alias("StreamForge.SinkAnswer")]
internal readonly record struct SinkAnswerSurrogate([property: Id(0)] bool IsBehind, [property: Id(1)] Guid Incarnation);

[RegisterConverter]
internal sealed class SinkAnswerConverter : IConverter<SinkAnswer, SinkAnswerSurrogate>
{
    public SinkAnswer ConvertFromSurrogate(in SinkAnswerSurrogate surrogate) => new(surrogate.IsBehind, surrogate.Incarnation);

    public SinkAnswerSurrogate ConvertToSurrogate(in SinkAnswer value) => new(value.IsBehind, value.Incarnation);
}

[GenerateSerializer, Immutable, Alias("StreamForge.SinkStatus")]
internal readonly record struct SinkStatusSurrogate([property: Id(0)] Guid Incarnation, [property: Id(1)] ImmutableDictionary<int, long> Durable);

[RegisterConverter]
internal sealed class SinkStatusConverter : IConverter<SinkStatus, SinkStatusSurrogate>
{
    public SinkStatus ConvertFromSurrogate(in SinkStatusSurrogate surrogate) => new(surrogate.Incarnation, surrogate.Durable);

    public SinkStatusSurrogate ConvertToSurrogate(in SinkStatus value) => new(value.Incarnation, value.Durable);
}

[GenerateSerializer, Immutable, Alias("StreamForge.Error")]
internal readonly record struct ErrorSurrogate([property: Id(0)] ErrorKind Kind, [property: Id(1)] string Message, [property: Id(2)] bool Retryable);

[RegisterConverter]
internal sealed class ErrorConverter : IConverter<StreamForgeException, ErrorSurrogate>
{
    public StreamForgeException ConvertFromSurrogate(in ErrorSurrogate surrogate) => new(surrogate.Kind, surrogate.Message, surrogate.Retryable);

    public ErrorSurrogate ConvertToSurrogate(in StreamForgeException value) => new(value.Kind, value.Message, value.Retryable);
}
