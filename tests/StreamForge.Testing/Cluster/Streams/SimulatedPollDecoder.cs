using System.Buffers.Binary;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Formats;
using StreamForge.Formats.Json;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Testing.Cluster.Streams;

/// <summary>Decodes the polls of <see cref="SimulatedTopic"/>: JSON objects with their offsets.</summary>
public sealed class SimulatedPollDecoder(SourcePlan source, int partition) : IPollDecoder
{
    private readonly JsonRows _rows = new(source.Columns, DecodeOptions.Default);
    private readonly BatchOrigin _origin = new(new PartitionId(source.Name, partition), "");

    public SourceBatch Decode(PollBatch batch)
    {
        var payload = batch.Payload.Span;
        var lines = new byte[payload.Length + 32];
        var ends = new List<int>();
        var positions = new List<long>();
        var end = 0;
        while (payload.Length > 0)
        {
            positions.Add(BinaryPrimitives.ReadInt64LittleEndian(payload));
            var length = BinaryPrimitives.ReadInt32LittleEndian(payload[8..]);
            payload.Slice(12, length).CopyTo(lines.AsSpan(end));
            end += length;
            lines[end++] = (byte)'\n';
            ends.Add(end);
            payload = payload[(12 + length)..];
        }
        return _rows.DecodeLines(_origin, lines, ends.ToArray(), positions.ToArray(), new PartitionCursor("", batch.Next));
    }
}
