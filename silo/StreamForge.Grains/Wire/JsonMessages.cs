using System.Text.Json;
using StreamForge.Cluster.Pipelines;

// Messages of control, of which there are a few a second, travel as JSON.
namespace StreamForge.Grains.Wire;

[GenerateSerializer, Immutable, Alias("StreamForge.Json")]
internal readonly record struct JsonMessage([property: Id(0)] byte[] Utf8)
{
    private static readonly JsonSerializerOptions Options = new() { IncludeFields = true };

    public static JsonMessage Of<T>(T value) => new(JsonSerializer.SerializeToUtf8Bytes(value, Options));

    public T As<T>() => JsonSerializer.Deserialize<T>(Utf8, Options) ?? throw new JsonException($"A {typeof(T).Name} is null.");
}

[RegisterConverter]
internal sealed class PartitionReportConverter : IConverter<PartitionReport, JsonMessage>
{
    public PartitionReport ConvertFromSurrogate(in JsonMessage surrogate) => surrogate.As<PartitionReport>();

    public JsonMessage ConvertToSurrogate(in PartitionReport value) => JsonMessage.Of(value);
}

[RegisterConverter]
internal sealed class PipelineTimeConverter : IConverter<PipelineTime, JsonMessage>
{
    public PipelineTime ConvertFromSurrogate(in JsonMessage surrogate) => surrogate.As<PipelineTime>();

    public JsonMessage ConvertToSurrogate(in PipelineTime value) => JsonMessage.Of(value);
}

[RegisterConverter]
internal sealed class PipelineOverviewConverter : IConverter<PipelineOverview, JsonMessage>
{
    public PipelineOverview ConvertFromSurrogate(in JsonMessage surrogate) => surrogate.As<PipelineOverview>();

    public JsonMessage ConvertToSurrogate(in PipelineOverview value) => JsonMessage.Of(value);
}
