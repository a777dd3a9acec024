using System.Text.Json;
using BenchmarkDotNet.Attributes;
using StreamForge.Core;
using StreamForge.Formats;
using StreamForge.Formats.Json;

namespace StreamForge.Benchmarks;

/// <summary>Three columns of a batch of clickstream lines, beside a plain loop with the platform's reader. Times are per line.</summary>
[MemoryDiagnoser]
public class JsonDecoding
{
    private readonly (byte[] Buffer, int[] LineEnds) _lines = ClickstreamBatch.Lines();
    private readonly long[] _positions = new long[ClickstreamBatch.Rows];
    private readonly JsonRows _rows = new(ClickstreamBatch.Columns, DecodeOptions.Default);

    [Benchmark(Baseline = true, OperationsPerInvoke = ClickstreamBatch.Rows)]
    public double PlatformReader()
    {
        var sum = 0.0;
        var start = 0;
        foreach (var end in _lines.LineEnds)
        {
            var json = new Utf8JsonReader(_lines.Buffer.AsSpan(start, end - start));
            json.Read();
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                if (json.ValueTextEquals("user_id"u8))
                {
                    json.Read();
                    sum += json.ValueSpan.Length;
                }
                else if (json.ValueTextEquals("price"u8))
                {
                    json.Read();
                    sum += json.GetDouble();
                }
                else if (json.ValueTextEquals("event_time"u8))
                {
                    json.Read();
                    sum += json.GetDateTimeOffset().Millisecond;
                }
                else
                {
                    json.Skip();
                }
            }
            start = end;
        }
        return sum;
    }

    [Benchmark(OperationsPerInvoke = ClickstreamBatch.Rows)]
    public int Columns()
    {
        using var batch = _rows.DecodeLines(ClickstreamBatch.Origin, _lines.Buffer, _lines.LineEnds, _positions, PartitionCursor.Start);
        return batch.Batch.Count;
    }
}
