using System.Text.Json;
using Orleans.Serialization.Cloning;
using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Slices;
using StreamForge.Core;

// How the protocol's messages, which know nothing of Orleans, travel between silos: those with rows as their bytes, the others, of which there are few a second, as JSON. Within a silo none is copied, as all are immutable.
namespace StreamForge.Grains.Wire;

[GenerateSerializer, Immutable, Alias("StreamForge.SliceBatch")]
internal readonly record struct SliceBatchSurrogate([property: Id(0)] int View, [property: Id(1)] int Partition, [property: Id(2)] ReadOnlyMemory<byte> Payload);

[RegisterConverter]
internal sealed class SliceBatchConverter : IConverter<SliceBatch, SliceBatchSurrogate>
{
    public SliceBatch ConvertFromSurrogate(in SliceBatchSurrogate surrogate) => new(surrogate.View, surrogate.Partition, surrogate.Payload);

    public SliceBatchSurrogate ConvertToSurrogate(in SliceBatch value) => new(value.View, value.Partition, value.Payload);
}

[GenerateSerializer, Immutable, Alias("StreamForge.SinkRows")]
internal readonly record struct SinkRowsSurrogate([property: Id(0)] int Partition, [property: Id(1)] long Previous, [property: Id(2)] ReadOnlyMemory<byte> Payload, [property: Id(3)] long Next);

[RegisterConverter]
internal sealed class SinkRowsConverter : IConverter<SinkRows, SinkRowsSurrogate>
{
    public SinkRows ConvertFromSurrogate(in SinkRowsSurrogate surrogate) => new(surrogate.Partition, surrogate.Previous, surrogate.Payload, surrogate.Next);

    public SinkRowsSurrogate ConvertToSurrogate(in SinkRows value) => new(value.Partition, value.Previous, value.Payload, value.Next);
}

[GenerateSerializer, Immutable, Alias("StreamForge.Error")]
internal readonly record struct ErrorSurrogate([property: Id(0)] ErrorKind Kind, [property: Id(1)] string Message, [property: Id(2)] bool Retryable);

[RegisterConverter]
internal sealed class ErrorConverter : IConverter<StreamForgeException, ErrorSurrogate>
{
    public StreamForgeException ConvertFromSurrogate(in ErrorSurrogate surrogate) => new(surrogate.Kind, surrogate.Message, surrogate.Retryable);

    public ErrorSurrogate ConvertToSurrogate(in StreamForgeException value) => new(value.Kind, value.Message, value.Retryable);
}

[GenerateSerializer, Immutable, Alias("StreamForge.Json")]
internal readonly record struct JsonSurrogate([property: Id(0)] byte[] Utf8);

internal abstract class JsonConverter<T> : IConverter<T, JsonSurrogate>
{
    private static readonly JsonSerializerOptions Options = new() { IncludeFields = true };

    public T ConvertFromSurrogate(in JsonSurrogate surrogate) => JsonSerializer.Deserialize<T>(surrogate.Utf8, Options)!;

    public JsonSurrogate ConvertToSurrogate(in T value) => new(JsonSerializer.SerializeToUtf8Bytes(value, Options));
}

[RegisterConverter]
internal sealed class KeyAnswerConverter : JsonConverter<KeyAnswer>;

[RegisterConverter]
internal sealed class SliceAnswerConverter : JsonConverter<SliceAnswer>;

[RegisterConverter]
internal sealed class FlushStatusConverter : JsonConverter<FlushStatus>;

[RegisterConverter]
internal sealed class CloseRequestConverter : JsonConverter<CloseRequest>;

[RegisterConverter]
internal sealed class SinkAnswerConverter : JsonConverter<SinkAnswer>;

[RegisterConverter]
internal sealed class SinkStatusConverter : JsonConverter<SinkStatus>;

[RegisterConverter]
internal sealed class PartitionReportConverter : JsonConverter<PartitionReport>;

[RegisterConverter]
internal sealed class PipelineTimeConverter : JsonConverter<PipelineTime>;

[RegisterConverter]
internal sealed class PipelineOverviewConverter : JsonConverter<PipelineOverview>;

[RegisterCopier]
internal sealed class KeyAnswerCopier : ShallowCopier<KeyAnswer>;

[RegisterCopier]
internal sealed class SliceAnswerCopier : ShallowCopier<SliceAnswer>;

[RegisterCopier]
internal sealed class FlushStatusCopier : ShallowCopier<FlushStatus>;

[RegisterCopier]
internal sealed class CloseRequestCopier : ShallowCopier<CloseRequest>;

[RegisterCopier]
internal sealed class SinkAnswerCopier : ShallowCopier<SinkAnswer>;

[RegisterCopier]
internal sealed class SinkStatusCopier : ShallowCopier<SinkStatus>;

[RegisterCopier]
internal sealed class PipelineTimeCopier : ShallowCopier<PipelineTime>;

[RegisterCopier]
internal sealed class PipelineOverviewCopier : ShallowCopier<PipelineOverview>;
