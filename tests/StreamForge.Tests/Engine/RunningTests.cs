using StreamForge.Core;
using StreamForge.Embedded.Reads;
using StreamForge.Embedded.Shards;
using StreamForge.Tests.Faults;
using StreamForge.Tests.Shards;

namespace StreamForge.Tests.Engine;

/// <summary>How a run is cut, stopped, resumed or spread over shards never shows in what it makes.</summary>
public sealed class RunningTests : IDisposable
{
    private readonly byte[] _events = new Workload(21).Next(4000);
    private readonly PipelineFolder _folder = new(Workload.Pipeline());

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 500)]
    [InlineData(2, 1)]
    [InlineData(3, 7)]
    [InlineData(4, 10_000)]
    [InlineData(5, 333)]
    [InlineData(6, 4000)]
    [InlineData(7, 64)]
    [InlineData(8, 2)]
    public async Task Results_do_not_depend_on_shards_or_on_how_events_are_cut_into_batches(int shards, int maxRows)
    {
        _folder.Pipeline = Workload.Pipeline(maxRows: maxRows).Replace("parallelism: 2", $"parallelism: {shards}", StringComparison.Ordinal);
        _folder.Write("events.json", _events);
        var status = await _folder.RunAsync();
        Assert.True(status.Late > 20 && status.DeadLetters > 10 && status.NullKeys > 5);
        await AssertUndisturbedAsync();
    }

    [Fact]
    public async Task Features_read_while_running_equal_those_at_rest()
    {
        _folder.Write("events.json", _events);
        await using var running = await _folder.OpenAsync();
        await running.Engine.RunAsync(CancellationToken.None);
        Assert.Equal(_folder.AllFeatures(), _folder.AllFeatures(running.Features));
        await using var restored = await _folder.OpenAsync(shards: 5);
        Assert.Equal(_folder.AllFeatures(), _folder.AllFeatures(restored.Features));
    }

    [Fact]
    public async Task One_key_read_at_rest_equals_what_all_of_them_give()
    {
        _folder.Write("events.json", _events);
        await _folder.RunAsync();
        var plan = _folder.Plan;
        var all = _folder.AtRest.OpenFeatures(plan);
        var one = _folder.AtRest.OpenFeatures(plan, KeyCodec.FromText([new Field("item", DataType.BigInt)], new Dictionary<string, string> { ["item"] = "5" }));
        Assert.Equal(PipelineFolder.Read(all, "items", "5"), PipelineFolder.Read(one, "items", "5"));
        Assert.Equal(PipelineFolder.ReadRow(all, "items", "5").Row.At, PipelineFolder.ReadRow(one, "items", "5").Row.At);
    }

    [Fact]
    public async Task An_orderly_stop_in_the_middle_is_committed_and_the_next_run_goes_on_there()
    {
        _folder.Pipeline = Workload.Pipeline(maxRows: 3);
        _folder.Write("events.json", _events);
        await using (var running = await _folder.OpenAsync(bounded: false))
        {
            using var stop = new CancellationTokenSource();
            var run = running.Engine.RunAsync(stop.Token);
            await Soon.ComesAsync(() => running.Engine.Status().Events >= 500, run);
            await stop.CancelAsync();
            await run;
            Assert.Equal(running.Engine.Status().Events, _folder.Checkpoint.Counters["events"]);
            Assert.NotEmpty(_folder.SinkRows());
        }
        await _folder.RunAsync();
        await AssertUndisturbedAsync();
    }

    [Fact]
    public async Task A_stop_before_the_first_batch_is_orderly_too()
    {
        _folder.Write("events.json", _events);
        await using (var running = await _folder.OpenAsync(bounded: false))
        {
            await running.Engine.RunAsync(new CancellationToken(canceled: true));
        }
        await _folder.RunAsync();
        await AssertUndisturbedAsync();
    }

    [Fact]
    public async Task A_growing_file_is_followed_and_checkpoints_are_taken_meanwhile()
    {
        _folder.Pipeline = Workload.Pipeline(interval: "10ms");
        var cut = _events.Length / 2;
        _folder.Write("events.json", _events.AsSpan(0, cut));
        await using (var running = await _folder.OpenAsync(bounded: false))
        {
            using var stop = new CancellationTokenSource();
            var run = running.Engine.RunAsync(stop.Token);
            var whole = _events.AsSpan(0, cut).Count((byte)'\n');
            await Soon.ComesAsync(() => running.Engine.Status().Events == whole && running.Engine.Status().Checkpoint > 0, run);
            var before = running.Engine.Status().Checkpoint;
            // The line that was cut in its middle becomes whole.
            using (var file = File.Open(_folder["events.json"], FileMode.Append, FileAccess.Write, FileShare.Read)) file.Write(_events.AsSpan(cut));
            await Soon.ComesAsync(() => running.Engine.Status().Events == 4000 && running.Engine.Status().Checkpoint > before, run);
            await stop.CancelAsync();
            await run;
        }
        await AssertUndisturbedAsync();
        await _folder.RunAsync();
        await AssertUndisturbedAsync();
    }

    [Fact]
    public async Task Reads_are_answered_while_a_shards_queue_stands_still()
    {
        var writer = new StoreWriter();
        for (var i = 0; i < 10; i++) writer.Apply(1);
        var worker = new ShardWorker(0, [writer.Store]);
        using var never = new CancellationTokenSource();
        var sending = Enumerable.Range(0, 20).Select(_ => worker.SendAsync([], time: null, never.Token).AsTask()).ToArray();
        Assert.Contains(sending, s => !s.IsCompleted);
        var reader = new ShardedFeatureReader(StoreWriter.Plan, [[writer.Store]], () => EventTime.MinValue, TimeProvider.System);
        Assert.Equal(10 * StoreWriter.BatchRows, PipelineFolder.Read(reader, "v", "1")["n_lifetime"].Int64);
        Assert.Equal(FeatureStatus.NotFound, PipelineFolder.Read(reader, "v", "2")["n_lifetime"].Status);
        await never.CancelAsync();
    }

    [Fact]
    public async Task An_engine_that_has_been_opened_answers_before_it_runs()
    {
        _folder.Write("events.json", _events);
        await _folder.RunAsync();
        var expected = _folder.AllFeatures();
        await using var opened = await _folder.OpenAsync();
        Assert.Equal(expected, _folder.AllFeatures(opened.Features));
    }

    [Fact]
    public async Task On_error_fail_stops_at_the_first_bad_event_with_its_position_and_stops_there_again()
    {
        _folder.Pipeline = Workload.Pipeline(maxRows: 1).Replace("event_time: t", "event_time: t\n    on_error: fail", StringComparison.Ordinal);
        _folder.Write("events.json", """
            {"t": 1700000000000, "user": "a", "item": 1, "amount": 1}
            {"t": 1700000000001, "user": "a", "item": 13, "amount": 1}
            {"t": 1700000000002, "user": "a", "item": 2, "amount": 1}

            """);
        for (var i = 0; i < 2; i++)
        {
            var error = await Assert.ThrowsAsync<StreamForgeException>(() => _folder.RunAsync());
            Assert.Equal(ErrorKind.DataLoss, error.Kind);
            Assert.StartsWith("events/0 at events.json:58: transformation good: ", error.Message, StringComparison.Ordinal);
            Assert.EndsWith(" (on_error: fail)", error.Message, StringComparison.Ordinal);
            Assert.Empty(_folder.Checkpoints.Ids());
            Assert.Empty(_folder.SinkRows());
        }
    }

    [Fact]
    public async Task Status_tells_keys_rows_and_progress_of_a_finished_run()
    {
        _folder.Write("events.json", _events);
        var status = await _folder.RunAsync();
        Assert.Equal((4000, 1.0, 1), (status.Events, status.Progress, status.Checkpoint));
        Assert.Equal(_events.Length, status.Bytes);
        Assert.Equal(_folder.Keys()["users"].Count(), status.Views[0].Keys);
        Assert.Equal(_folder.SinkRows().Length, status.Sinks[0].Rows);
        Assert.Equal((_folder.DeadLetters().Length, _folder.Late().Length), ((int)status.DeadLetters, (int)status.Late));
    }

    private async Task AssertUndisturbedAsync()
    {
        var expected = await Workload.UndisturbedAsync(_events);
        Workload.AssertSame(expected, Workload.Outcome(_folder));
    }
}
