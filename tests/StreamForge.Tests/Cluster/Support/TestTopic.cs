using System.Globalization;
using System.Text;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Tests.Cluster.Support;

/// <summary>An event of a test: a key, a time in seconds and a number. One without a key is null, one with a negative number cannot be decoded.</summary>
internal readonly record struct TestEvent(string Key, long Seconds, long Number);

/// <summary>A topic partition whose events a test knows, some offsets of which hold none; batches are cut anywhere.</summary>
internal sealed class TestTopic(PartitionId partition, (long Offset, TestEvent Event)[] events, Schema columns) : IPollDecoder
{
    private static readonly Schema All = new([new Field("k", DataType.String), new Field("t", DataType.TimestampTz), new Field("n", DataType.BigInt)]);

    public PartitionId Partition => partition;

    public (long Offset, TestEvent Event)[] Events => events;

    public long End => events.Length == 0 ? 0 : events[^1].Offset + 1;

    /// <summary>The batch of at most <paramref name="count"/> events that follows a position.</summary>
    public PollBatch? Batch(long from, int count)
    {
        var taken = events.Where(e => e.Offset >= from).Take(count).ToArray();
        return taken.Length == 0 ? null : new PollBatch(from, taken[^1].Offset + 1, Encoding.UTF8.GetBytes(string.Join(' ', taken.Select(e => e.Offset))));
    }

    public SourceBatch Decode(PollBatch batch)
    {
        var offsets = Encoding.UTF8.GetString(batch.Payload.Span).Split(' ').Select(o => long.Parse(o, CultureInfo.InvariantCulture)).ToArray();
        var taken = offsets.Select(o => Array.Find(events, e => e.Offset == o)).ToArray();
        var letters = taken.Where(e => e.Event.Number < 0).Select(e => new DeadLetter(partition, $"{e.Offset}", null, "its number is negative", Encoding.UTF8.GetBytes(e.Event.Key))).ToList();
        var good = taken.Where(e => e.Event.Number >= 0).ToArray();
        var headers = new RowHeaders(good.Length);
        var all = All.Fields.Select(f => Column.Create(f.Type, good.Length)).ToArray();
        for (var i = 0; i < good.Length; i++)
        {
            headers.Positions[i] = good[i].Offset;
            ((BytesColumn)all[0]).Append(good[i].Event.Key);
            ((Int64Column)all[1]).Append(good[i].Event.Seconds * EventTime.Second);
            ((Int64Column)all[2]).Append(good[i].Event.Number);
        }
        var rows = new ColumnBatch(columns, [.. columns.Fields.Select(f => all[All.IndexOf(f.Name)])], headers, new BatchOrigin(partition, ""));
        return new SourceBatch(rows, new Raw([.. good.Select(e => Encoding.UTF8.GetBytes(e.Event.Key))]), letters, PartitionCursor.Start, 0);
    }

    private sealed class Raw(byte[][] keys) : IRawRows
    {
        public ReadOnlySpan<byte> this[int row] => keys[row];
    }

    /// <summary>A pipeline over such topics.</summary>
    /// <param name="source">More fields of the source.</param>
    public static PipelinePlan Plan(string source = "", string windows = "lifetime, {tumbling: 1m}", bool closed = false)
    {
        var text = $$"""
            metadata: {name: case}
            sources:
              s:
                type: files
                path: none.json
                format: json
                schema: [{name: k, type: string}, {name: t, type: timestamptz}, {name: n, type: bigint}]
                event_time: t
                watermark: {out_of_orderness: 0s, allowed_lateness: 0s, max_future: 3652059d, idle_timeout: 30s}
                {{source}}
            features:
              - view: v
                input: s
                entity: [k]
                windows: [{{windows}}]
                aggregates:
                  - {name: total, function: sum, of: n}
            sinks:
              rows: {type: files, input: s, path: out}

            """;
        if (closed) text += "  closed: {type: files, input: v, path: closed}\n";
        var loaded = PipelineFile.Parse(text, "case.yaml", "/", _ => null);
        Assert.Empty(loaded.Faults);
        var planned = Planner.Plan(loaded.Definition!, new Dictionary<string, Schema> { ["s"] = All }, loaded.Broken);
        Assert.Empty(planned.Faults);
        return planned.Plan!;
    }
}
