using System.IO.Pipelines;
using StreamForge.Connectors.Clickstream;
using StreamForge.Core;
using StreamForge.Formats.DataFiles;
using StreamForge.Formats.Parquet;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Cli.Bench;

/// <summary>Rows of the clickstream source in memory, in batches as an engine gets them, and their Parquet file.</summary>
internal static class ClickstreamRows
{
    private const int BatchRows = 10_000;
    private const int BufferBytes = 1 << 18;

    /// <summary>The first <paramref name="count"/> rows, all columns; the caller releases the batches.</summary>
    public static async Task<List<ColumnBatch>> ReadAsync(long count, CancellationToken cancellation)
    {
        await using var source = new ClickstreamSource("clicks", new ClickstreamSourceOptions(Rate: null, count, Users: 1000, Products: 500, Seed: 1, Late: 0.02), TimeProvider.System);
        await using var reader = source.Open(source.Partitions[0], PartitionCursor.Start, new ReadRequest(source.Schema, BatchRows, Bounded: true));
        var batches = new List<ColumnBatch>();
        while (await reader.ReadAsync(cancellation) is { State: not ReadState.Finished } read)
        {
            using var rows = read.Batch;
            if (rows is null) continue;
            rows.Batch.Retain();
            batches.Add(rows.Batch);
        }
        return batches;
    }

    /// <summary>Writes a Parquet file with all the defaults, on one thread at a time.</summary>
    /// <param name="target">Takes the bytes; left open.</param>
    public static async Task<DataFileMetrics> EncodeAsync(List<ColumnBatch> batches, Stream target, CancellationToken cancellation)
    {
        var output = PipeWriter.Create(target, new StreamPipeWriterOptions(minimumBufferSize: BufferBytes, leaveOpen: true));
        using var encoder = new ParquetEncoder(output, [.. batches[0].Schema.Fields.Select((f, i) => new DataFileColumn(f.Name, f.Type, i + 1))]);
        foreach (var batch in batches)
        {
            encoder.Write(batch.Columns);
            await output.FlushAsync(cancellation);
        }
        var metrics = encoder.Complete();
        await output.CompleteAsync();
        return metrics;
    }
}
