using System.Globalization;
using System.Text.Json;
using StreamForge.Core;

namespace StreamForge.Tests.Engine;

/// <summary>The whole engine with a sink over a view: what is emitted, when, and what a restart makes of it.</summary>
public sealed class ClosedWindowTests : IDisposable
{
    private readonly PipelineFolder _folder = new("""
        metadata: {name: case}
        sources:
          events:
            type: files
            path: events.json
            format: json
            schema: [{name: t, type: timestamptz}, {name: k, type: bigint}, {name: amount, type: "decimal(10,2)"}]
            event_time: t
            watermark: {out_of_orderness: 0s, allowed_lateness: 10m}
        features:
          - view: spending
            input: events
            entity: [k]
            windows: [30m, {tumbling: 1h}]
            aggregates:
              - {name: orders, function: count}
              - {name: spend, function: sum, of: amount}
        sinks:
          closed: {type: files, input: spending, path: out}
        """);

    public void Dispose() => _folder.Dispose();

    private void Event(string time, int key, string amount) =>
        _folder.Append("events.json", string.Create(CultureInfo.InvariantCulture, $"{{\"t\": \"2024-01-01T{time}Z\", \"k\": {key}, \"amount\": {amount}}}\n"));

    private string[] Rows() => [.. _folder.SinkRows().Select(Row).Order(StringComparer.Ordinal)];

    private static string Row(string line)
    {
        var row = JsonDocument.Parse(line).RootElement;
        return $"{row.GetProperty("k")} {row.GetProperty("window")} {row.GetProperty("window_start").GetString()![11..16]}-{row.GetProperty("window_end").GetString()![11..16]} "
            + $"{row.GetProperty("revision")}{row.GetProperty("op")} {row.GetProperty("orders")} {row.GetProperty("spend").GetRawText()}";
    }

    [Fact]
    public async Task Window_is_emitted_when_the_watermark_passes_its_end_and_stays_open_before()
    {
        Event("10:10:00", 1, "5.00");
        Event("10:59:59", 1, "2.50");
        Event("10:30:00", 2, "1.00");
        await _folder.RunAsync(shards: 3);
        Assert.Empty(Rows());
        Event("11:00:00", 3, "9.00");
        await _folder.RunAsync(shards: 2);
        Assert.Equal(["1 tumbling_1h 10:00-11:00 0c 2 7.50", "2 tumbling_1h 10:00-11:00 0c 1 1.00"], Rows());
    }

    [Fact]
    public async Task Late_event_that_changes_a_closed_window_is_its_next_revision_and_what_did_not_change_is_not_emitted_again()
    {
        Event("10:10:00", 1, "5.00");
        Event("10:20:00", 2, "1.00");
        Event("11:00:00", 3, "9.00");
        await _folder.RunAsync();
        Event("10:40:00", 1, "0.50");
        Event("12:00:00", 3, "1.00");
        await _folder.RunAsync();
        await _folder.RunAsync();
        Assert.Equal(
            ["1 tumbling_1h 10:00-11:00 0c 1 5.00", "1 tumbling_1h 10:00-11:00 1u 2 5.50", "2 tumbling_1h 10:00-11:00 0c 1 1.00", "3 tumbling_1h 11:00-12:00 0c 1 9.00"], Rows());
    }

    [Fact]
    public async Task Open_windows_that_the_file_lists_in_another_order_are_closed_as_themselves()
    {
        const string windows = "[30m, {tumbling: 1h}]";
        var pipeline = _folder.Pipeline;
        _folder.Pipeline = pipeline.Replace(windows, "[{tumbling: 1h}, {tumbling: 30m}]", StringComparison.Ordinal);
        Event("10:40:00", 1, "5.00");
        await _folder.RunAsync();
        _folder.Pipeline = pipeline.Replace(windows, "[{tumbling: 30m}, {tumbling: 1h}]", StringComparison.Ordinal);
        Event("11:00:00", 3, "9.00");
        await _folder.RunAsync();
        Assert.Equal(["1 tumbling_1h 10:00-11:00 0c 1 5.00", "1 tumbling_30m 10:30-11:00 0c 1 5.00"], Rows());
    }

    [Fact]
    public async Task Drained_window_is_emitted_once_and_again_only_when_it_has_changed()
    {
        Event("10:10:00", 1, "5.00");
        Event("10:20:00", 2, "1.00");
        await _folder.RunAsync();
        Assert.Empty(Rows());
        await _folder.RunAsync(drain: true);
        await _folder.RunAsync(drain: true);
        Assert.Equal(["1 tumbling_1h 10:00-11:00 0c 1 5.00", "2 tumbling_1h 10:00-11:00 0c 1 1.00"], Rows());
        Assert.Equal("2024-01-01T10:20:00Z", EventTime.Format(_folder.Checkpoint.Watermark));
        Event("10:40:00", 1, "0.50");
        Event("11:30:00", 9, "1.00");
        await _folder.RunAsync();
        Assert.Equal(["1 tumbling_1h 10:00-11:00 0c 1 5.00", "1 tumbling_1h 10:00-11:00 1u 2 5.50", "2 tumbling_1h 10:00-11:00 0c 1 1.00"], Rows());
    }

    [Fact]
    public async Task Correction_counts_the_tiles_of_the_window_that_take_no_event_any_more()
    {
        Event("10:00:30", 1, "1.00");
        Event("11:00:00", 1, "8.00");
        Event("11:30:00", 1, "16.00");
        Event("10:59:30", 1, "2.00");
        await _folder.RunAsync();
        Event("12:05:00", 9, "1.00");
        // By now the first tile of the window takes no event, the last still does, and the key gets new tiles.
        Event("12:06:00", 1, "32.00");
        await _folder.RunAsync();
        Event("10:59:40", 1, "4.00");
        await _folder.RunAsync();
        Assert.Contains("1 tumbling_1h 10:00-11:00 1u 3 7.00", Rows());
    }

    [Fact]
    public async Task Leap_of_time_within_one_batch_emits_every_window_before_its_tiles_are_dropped()
    {
        Event("00:10:00", 1, "1.00");
        Event("05:10:00", 1, "2.00");
        Event("23:10:00", 1, "4.00");
        await _folder.RunAsync();
        Assert.Equal(["1 tumbling_1h 00:00-01:00 0c 1 1.00", "1 tumbling_1h 05:00-06:00 0c 1 2.00"], Rows());
    }

    [Fact]
    public async Task Stages_and_partitions_are_counted_each_for_itself()
    {
        Event("10:10:00", 1, "5.00");
        Event("11:30:00", 2, "1.00");
        var status = await _folder.RunAsync();
        Assert.Equal(["Source events 2", "View spending 2", "Sink closed 1"], status.Nodes.Select(n => $"{n.Kind} {n.Name} {n.Rows}"));
        Assert.Equal(1, Assert.Single(status.Views).ClosedRows);
        var partition = Assert.Single(status.Partitions);
        Assert.Equal(("events", 0, "Finished", "2024-01-01T11:30:00Z"), (partition.Source, partition.Partition, partition.Activity.ToString(), EventTime.Format(partition.NewestEvent)));
    }
}
