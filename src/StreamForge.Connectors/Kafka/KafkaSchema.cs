using StreamForge.Core;
using StreamForge.Formats.Debezium;
using StreamForge.Formats.Inference;

namespace StreamForge.Connectors.Kafka;

/// <summary>Finds the columns of a topic's values from its first records.</summary>
internal static class KafkaSchema
{
    /// <summary>As much of a topic is looked at as of files.</summary>
    private const long SampleBytes = SchemaInference.SampleBytes;

    private const int SampleRecords = 100_000;

    /// <summary>Reads each partition's oldest records, a like share of the sample each, up to what is there now.</summary>
    /// <exception cref="StreamForgeException">InvalidDefinition when there is no record, or none that is JSON.</exception>
    public static async Task<Schema> InferAsync(KafkaConnection connection, string format, string? eventTime, TimeProvider clock, CancellationToken cancellation)
    {
        await using var poller = new KafkaPoller(connection, KafkaPollerLimits.Default with { Headers = false });
        var inference = format == "debezium-json" ? new DebeziumInference() : new JsonInference();
        var partitions = await poller.Topic.PartitionsAsync(cancellation);
        foreach (var partition in partitions)
        {
            var range = await poller.Topic.RangeAsync(partition, cancellation);
            await SampleAsync(poller, partition, range, inference, SampleBytes / partitions.Length, SampleRecords / partitions.Length + 1, clock, cancellation);
        }
        if (inference.Count > 0) return inference.Finish(eventTime);
        throw new StreamForgeException(
            ErrorKind.InvalidDefinition, $"source {connection.Source}: the topic {connection.Topic} holds no record from which to tell the schema; declare 'schema', such as [{{name: user_id, type: string}}]");
    }

    private static async Task SampleAsync(
        KafkaPoller poller, int partition, KafkaRange range, JsonInference inference, long bytes, int records, TimeProvider clock, CancellationToken cancellation)
    {
        if (range.End <= range.Earliest) return;
        await using var feed = await poller.OpenAsync(partition, range.Earliest);
        var next = range.Earliest;
        while (next < range.End && bytes > 0 && records > 0)
        {
            using var read = await feed.ReadAsync(cancellation).AsTask().WaitAsync(TimeSpan.FromSeconds(30), clock, cancellation);
            for (var i = 0; i < read.Count && records > 0; i++, records--)
            {
                var value = read.Value(i);
                bytes -= value.Length;
                if (value.IndexOfAny((byte)'\n', (byte)'\r') < 0) inference.Read(value, 0, value.Length, final: true, out _);
                else inference.Read(OnOneLine(value), 0, value.Length, final: true, out _);
            }
            next = read.Next;
        }
    }

    /// <summary>A value may be laid out over lines, which within strings JSON does not allow: blanks in their place change nothing.</summary>
    private static byte[] OnOneLine(ReadOnlySpan<byte> value)
    {
        var line = value.ToArray();
        line.AsSpan().Replace((byte)'\n', (byte)' ');
        line.AsSpan().Replace((byte)'\r', (byte)' ');
        return line;
    }
}
