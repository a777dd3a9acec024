using StreamForge.Connectors.Clickstream;
using StreamForge.Core;
using StreamForge.Embedded.Shards;
using StreamForge.Formats;
using StreamForge.Formats.Json;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Slices;
using StreamForge.Pipeline.Watermarks;

namespace StreamForge.Benchmarks;

/// <summary>A batch of clickstream lines as a source reads it, and what the stages of a pipeline make of it; without disk and threads.</summary>
internal static class ClickstreamBatch
{
    public const int Rows = 8192;
    public const int Users = 100_000;

    private const int Spare = 32;

    /// <summary>The columns that are read of each line.</summary>
    public static Schema Columns { get; } = new([new("user_id", DataType.String), new("price", DataType.Double), new("event_time", DataType.TimestampTz)]);

    public static BatchOrigin Origin { get; } = new(new PartitionId("clicks", 0), "");

    /// <summary>Lines one after another, with a spare, and where each ends.</summary>
    public static (byte[] Buffer, int[] LineEnds) Lines()
    {
        var generator = new ClickstreamGenerator(new ClickstreamOptions(Users: Users));
        var buffer = new byte[Rows * ClickstreamGenerator.MaxLineBytes + Spare];
        var ends = new int[Rows];
        var length = 0;
        for (var i = 0; i < Rows; i++)
        {
            length += generator.WriteNext(buffer.AsSpan(length));
            ends[i] = length;
        }
        return (buffer[..(length + Spare)], ends);
    }

    public static SourceBatch Decoded()
    {
        var (buffer, ends) = Lines();
        return new JsonRows(Columns, DecodeOptions.Default).DecodeLines(Origin, buffer, ends, new long[ends.Length], PartitionCursor.Start);
    }

    /// <summary>A plan of one view over <see cref="Columns"/>.</summary>
    /// <param name="aggregates">The entries of its list, one a line.</param>
    public static PipelinePlan Plan(params string[] aggregates)
    {
        var text = $$"""
            metadata: {name: benchmark}
            sources:
              clicks:
                type: files
                path: none.jsonl
                format: json
                schema: [{name: user_id, type: string}, {name: price, type: double}, {name: event_time, type: timestamptz}]
                event_time: event_time
                watermark: {out_of_orderness: 10s, allowed_lateness: 1m}
            features:
              - view: user_activity
                input: clicks
                entity: [user_id]
                windows: [1m, 30m, 1h]
                aggregates: [{{string.Join(", ", aggregates)}}]
            """;
        var loaded = PipelineFile.Parse(text, "benchmark.yaml", "/", _ => null);
        var planned = Planner.Plan(loaded.Definition!, new Dictionary<string, Schema> { ["clicks"] = Columns }, loaded.Broken);
        return planned.Plan ?? throw new InvalidOperationException(string.Join(Environment.NewLine, planned.Faults));
    }

    /// <summary>The slice of a read for the only view and one shard.</summary>
    public static ViewSlice Slice(PipelinePlan plan, SourceBatch read)
    {
        var stage = new PartitionStage(plan, plan.Sources[0], 0, shards: 1, new PipelineWatermark(1), TimeProvider.System, StageState.Start);
        return stage.Process(read).Slices.Single();
    }

    /// <summary>Folds a slice into a store as a shard's worker does, but keeps it.</summary>
    public static void Apply(KeyStore store, ViewSlice slice)
    {
        for (var from = 0; from < slice.Count;)
        {
            var to = slice.RunEnd(from, slice.Count);
            var first = slice.Order[from];
            store.Apply(slice.Keys[first], slice.Keys.Hash(first), slice.Rows, slice.Order.AsSpan(from, to - from));
            from = to;
        }
    }
}
