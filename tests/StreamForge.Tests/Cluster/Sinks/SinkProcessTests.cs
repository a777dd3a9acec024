using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Records;
using StreamForge.Cluster.Sinks;
using StreamForge.Cluster.Slices;
using StreamForge.Core;
using StreamForge.Tests.Cluster.Support;

namespace StreamForge.Tests.Cluster.Sinks;

public class SinkProcessTests
{
    private static readonly PartitionId Partition = new("s", 0);

    private readonly MemoryRecords _records = new();
    private readonly TestTable _table = new();
    private readonly ManualClock _clock = new();
    private readonly StreamForge.Pipeline.Plans.PipelinePlan _plan = TestTopic.Plan(closed: true);
    private CallFault _fault;
    private int _id;

    private sealed class Running : IPipelineControl
    {
        public ValueTask<PipelineTime> ReportAsync(PartitionReport report, CancellationToken cancellation) => TimeAsync(cancellation);

        public ValueTask<PipelineTime> TimeAsync(CancellationToken cancellation) => new(new PipelineTime(PipelineOrder.Run, 1, 0, 0, [], [], null));

        public ValueTask OrderAsync(PipelineOrder order, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask<PipelineOverview> OverviewAsync(CancellationToken cancellation) => throw new NotSupportedException();
    }

    private CallFault TakeFault()
    {
        var fault = _fault;
        _fault = CallFault.None;
        return fault;
    }

    private async Task<SinkProcess> StartAsync(int sink = 0)
    {
        var ports = new SinkPorts(new Running(), _records, () => new TestSink(_table, TakeFault, () => Task.CompletedTask), _clock, () => new Guid(++_id, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
        var process = new SinkProcess(new SinkSettings(_plan, sink, [Partition]), ports, NullLogger.Instance);
        await process.StartAsync(CancellationToken.None);
        return process;
    }

    private SinkRows Rows(long previous, params long[] positions)
    {
        var columns = _plan.Sinks[0].Schema.Fields.Select(f => Column.Nulls(f.Type, positions.Length)).ToArray();
        var headers = new RowHeaders(positions.Length);
        positions.CopyTo(headers.Positions);
        var batch = new ColumnBatch(_plan.Sinks[0].Schema, columns, headers, new BatchOrigin(Partition, ""));
        return new SinkRows(0, previous, new BatchCodec(batch.Schema).Encode(batch), positions[^1] + 1);
    }

    private static async Task FlushAsync(SinkProcess sink) => await sink.FlushAsync(isFinal: false, CancellationToken.None);

    private static async Task<SinkAnswer> WriteAsync(SinkProcess sink, SinkRows rows) => await sink.WriteAsync(rows, CancellationToken.None);

    private static async Task<long> DurableAsync(SinkProcess sink) => (await sink.StatusAsync(CancellationToken.None)).Durable.GetValueOrDefault(0);

    [Fact]
    public async Task Rows_are_durable_and_visible_after_a_flush_and_not_before()
    {
        var sink = await StartAsync();
        Assert.False((await WriteAsync(sink, Rows(0, 1, 2))).IsBehind);
        Assert.Equal(0, await DurableAsync(sink));
        Assert.Empty(_table.Rows);
        await FlushAsync(sink);
        Assert.Equal(3, await DurableAsync(sink));
        Assert.Equal(["s/0:1", "s/0:2"], _table.Rows);
    }

    [Fact]
    public async Task Rows_that_are_held_are_dropped_row_by_row()
    {
        var sink = await StartAsync();
        await WriteAsync(sink, Rows(0, 1, 2));
        await WriteAsync(sink, Rows(0, 2, 3));
        await WriteAsync(sink, Rows(0, 1, 2));
        await FlushAsync(sink);
        Assert.Equal(["s/0:1", "s/0:2", "s/0:3"], _table.Rows);
    }

    [Fact]
    public async Task Sink_that_lacks_rows_answers_behind_and_takes_nothing()
    {
        var sink = await StartAsync();
        Assert.True((await WriteAsync(sink, Rows(1, 5))).IsBehind);
        await FlushAsync(sink);
        Assert.Empty(_table.Rows);
    }

    [Fact]
    public async Task Sink_that_is_replaced_before_a_flush_forgets_and_is_another()
    {
        var first = await StartAsync();
        var before = await WriteAsync(first, Rows(0, 1));
        var second = await StartAsync();
        Assert.NotEqual(before.Incarnation, (await second.StatusAsync(CancellationToken.None)).Incarnation);
        await Assert.ThrowsAsync<FenceLostException>(() => FlushAsync(first));
        Assert.True((await WriteAsync(second, Rows(2, 5))).IsBehind);
        await WriteAsync(second, Rows(0, 1));
        await FlushAsync(second);
        Assert.Equal(["s/0:1"], _table.Rows);
    }

    [Fact]
    public async Task Commit_that_fails_is_repeated_before_the_next_one_is_prepared()
    {
        var sink = await StartAsync();
        await WriteAsync(sink, Rows(0, 1));
        var calls = 0;
        _records.Yield = () =>
        {
            // After the record is written, the commit fails.
            if (++calls == 2) _fault = CallFault.Before;
            return Task.CompletedTask;
        };
        await Assert.ThrowsAsync<StreamForgeException>(() => FlushAsync(sink));
        _records.Yield = () => Task.CompletedTask;
        Assert.Equal(2, await DurableAsync(sink));
        Assert.Empty(_table.Rows);
        await WriteAsync(sink, Rows(2, 3));
        await FlushAsync(sink);
        Assert.Equal(["s/0:1", "s/0:3"], _table.Rows);
    }

    [Fact]
    public async Task Pending_commit_of_an_earlier_activation_is_repeated()
    {
        var sink = await StartAsync();
        await WriteAsync(sink, Rows(0, 1));
        var calls = 0;
        _records.Yield = () =>
        {
            if (++calls == 2) _fault = CallFault.Before;
            return Task.CompletedTask;
        };
        await Assert.ThrowsAsync<StreamForgeException>(() => FlushAsync(sink));
        _records.Yield = () => Task.CompletedTask;
        await StartAsync();
        Assert.Equal(["s/0:1"], _table.Rows);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Sink_that_fails_loses_what_it_held_and_says_so(int fault)
    {
        var sink = await StartAsync();
        var before = await WriteAsync(sink, Rows(0, 1));
        _fault = (CallFault)fault;
        await Assert.ThrowsAsync<StreamForgeException>(() => WriteAsync(sink, Rows(2, 3)));
        var behind = await WriteAsync(sink, Rows(2, 3));
        Assert.True(behind.IsBehind);
        Assert.NotEqual(before.Incarnation, behind.Incarnation);
        await WriteAsync(sink, Rows(0, 1, 3));
        await FlushAsync(sink);
        Assert.Equal(["s/0:1", "s/0:3"], _table.Rows);
    }

    [Fact]
    public async Task Closed_windows_go_from_the_outbox_into_one_commit_and_are_numbered_on()
    {
        var sink = await StartAsync(sink: 1);
        _records.Emit("closed", Closed("a", "b"));
        _records.Emit("closed", Closed("c"));
        _records.Emit("another", Closed("x"));
        await FlushAsync(sink);
        Assert.Equal(["v/0:a", "v/0:b", "v/0:c"], _table.Rows);
        Assert.Equal("another", Assert.Single(_records.Outbox).Sink);
        _records.Emit("closed", Closed("d"));
        await FlushAsync(sink);
        Assert.Equal("v/0:d", _table.Rows[^1]);
        using var record = System.Text.Json.JsonDocument.Parse(_records["sink/closed"]!.Content);
        Assert.Equal(4, record.RootElement.GetProperty("content").GetProperty("closed_rows").GetInt64());
    }

    [Fact]
    public async Task Closed_windows_stay_in_the_outbox_until_the_record_names_them()
    {
        var sink = await StartAsync(sink: 1);
        _records.Emit("closed", Closed("a"));
        // Reading the outbox does not fail, preparing does.
        _records.Yield = () =>
        {
            _fault = CallFault.Before;
            return Task.CompletedTask;
        };
        await Assert.ThrowsAsync<StreamForgeException>(() => FlushAsync(sink));
        _records.Yield = () => Task.CompletedTask;
        _fault = CallFault.None;
        Assert.Single(_records.Outbox);
        await FlushAsync(sink);
        Assert.Equal(["v/0:a"], _table.Rows);
    }

    private byte[] Closed(params string[] texts)
    {
        var schema = _plan.Sinks[1].Schema;
        var positions = new BytesColumn(DataType.String, texts.Length);
        foreach (var text in texts) positions.Append(Encoding.UTF8.GetBytes(text));
        var columns = schema.Fields.Select(f => Column.Nulls(f.Type, texts.Length)).ToArray();
        var batch = new ColumnBatch(schema, columns, new RowHeaders(texts.Length), new BatchOrigin(new PartitionId("v", 77), "")) { PositionTexts = positions };
        return new BatchCodec(schema).Encode(batch);
    }
}
