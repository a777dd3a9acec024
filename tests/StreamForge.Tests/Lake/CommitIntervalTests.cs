using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Embedded.Sinks.Iceberg;
using StreamForge.ObjectStores.Local;
using StreamForge.Pipeline.Definitions;
using StreamForge.Tests.Clickstream;
using StreamForge.Tests.Engine;

namespace StreamForge.Tests.Lake;

/// <summary>A table's sink with a <c>commit_interval</c> of 30 s and checkpoints every 10 s, whose clock the tests move.</summary>
public sealed class CommitIntervalTests : IDisposable
{
    private readonly ManualClock _clock = new(new DateTimeOffset(2024, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly PipelineFolder _folder = new("""
        metadata: {name: case}
        sources:
          events: {type: files, path: events.json, format: json, schema: [{name: t, type: timestamptz}, {name: id, type: int}], event_time: t}
        sinks:
          lake: {type: iceberg, input: events, table: a.rows, commit_interval: 30s}
        """);

    private long _checkpoint;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Files_wait_over_checkpoints_and_a_restart_until_one_snapshot_commits_them_all()
    {
        string? pending;
        await using (var sink = await OpenAsync(null))
        {
            pending = await CheckpointAsync(sink, 1, 2);
            _clock.Move(TimeSpan.FromSeconds(10));
            pending = await CheckpointAsync(sink, 3);
            Assert.True(sink.HasUncommitted);
        }
        Assert.Empty(await SnapshotsAsync());
        await using (var sink = await OpenAsync(pending))
        {
            Assert.True(sink.HasUncommitted);
            Assert.False(sink.IsCommitDue);
            await sink.CommitAsync(pending!, CancellationToken.None);
            Assert.Empty(await SnapshotsAsync());
            _clock.Move(TimeSpan.FromSeconds(10));
            await CheckpointAsync(sink, 4);
            Assert.Empty(await SnapshotsAsync());
            _clock.Move(TimeSpan.FromSeconds(10));
            await CheckpointAsync(sink, 5);
            Assert.False(sink.HasUncommitted);
        }
        Assert.Equal("4", Assert.Single(await SnapshotsAsync()));
        Assert.Equal(["1", "2", "3", "4", "5"], await _folder.RowsAsync("a.rows", "id"));
    }

    [Fact]
    public async Task What_a_process_wrote_after_the_checkpoint_it_died_behind_is_removed_and_what_waits_is_kept()
    {
        string? pending;
        await using (var sink = await OpenAsync(null))
        {
            pending = await CheckpointAsync(sink, 1);
            await WriteAsync(sink, 2);
            // Prepared for a checkpoint that is never published.
            await sink.PrepareAsync(Request(final: false), CancellationToken.None);
        }
        Assert.Equal(2, _folder.DataFiles("a.rows").Length);
        await using (var sink = await OpenAsync(pending))
        {
            Assert.Single(_folder.DataFiles("a.rows"));
            pending = await sink.PrepareAsync(Request(final: true), CancellationToken.None);
            await sink.CommitAsync(pending!, CancellationToken.None);
        }
        Assert.Equal(["1"], await _folder.RowsAsync("a.rows", "id"));
    }

    [Fact]
    public async Task An_idle_source_s_rows_fall_due_by_the_clock_alone()
    {
        await using var sink = await OpenAsync(null);
        Assert.False(sink.IsCommitDue);
        await CheckpointAsync(sink, 1);
        _clock.Move(TimeSpan.FromSeconds(24));
        Assert.False(sink.IsCommitDue);
        // The checkpoint nearest to the interval's end: half a checkpoint's interval before it at the earliest.
        _clock.Move(TimeSpan.FromSeconds(1));
        Assert.True(sink.IsCommitDue);
        await CheckpointAsync(sink);
        Assert.Single(await SnapshotsAsync());
        _clock.Move(TimeSpan.FromHours(1));
        Assert.False(sink.IsCommitDue);
        Assert.False(sink.HasUncommitted);
    }

    private async Task<IcebergSink> OpenAsync(string? pending)
    {
        _folder.Write("events.json", "");
        await using var loaded = await _folder.LoadAsync();
        var plan = loaded.Plan.Sinks[0];
        var settings = new IcebergSinkSettings("case", plan, (IcebergSinkOptions)plan.Definition.Options, 10 * EventTime.Second);
        var sink = new IcebergSink(new LocalObjectStore(), LocalPath.ToLocation(_folder["data/warehouse"]), settings, _folder["data/open"], _clock);
        await sink.RecoverAsync(pending, pending is null, CancellationToken.None);
        return sink;
    }

    /// <summary>Writes rows, prepares and commits, as the coordinator does.</summary>
    private async Task<string?> CheckpointAsync(IcebergSink sink, params int[] ids)
    {
        if (ids.Length > 0) await WriteAsync(sink, ids);
        var pending = await sink.PrepareAsync(Request(final: false), CancellationToken.None);
        await sink.CommitAsync(pending!, CancellationToken.None);
        return pending;
    }

    private PrepareRequest Request(bool final) => new(++_checkpoint, final, ImmutableSortedDictionary<string, string>.Empty);

    private static async Task WriteAsync(IcebergSink sink, params int[] ids)
    {
        var time = new Int64Column(DataType.TimestampTz, ids.Length);
        var id = new Int64Column(DataType.Int, ids.Length);
        foreach (var value in ids)
        {
            time.Append(value);
            id.Append(value);
        }
        var headers = new RowHeaders(ids.Length);
        headers.Ops.Fill((byte)'c');
        var schema = new Schema([new Field("t", time.Type), new Field("id", id.Type)]);
        var batch = new ColumnBatch(schema, [time, id], headers, new BatchOrigin(new PartitionId("events", 0), "events.json"));
        await sink.WriteAsync(batch, CancellationToken.None);
        batch.Release();
    }

    /// <summary>Of each snapshot, the checkpoint that it was made for.</summary>
    private async Task<string[]> SnapshotsAsync() => [.. (await _folder.TableAsync("a.rows")).Metadata.Snapshots.Select(s => s.Summary["streamforge.checkpoint"])];
}
