using Microsoft.Extensions.Logging;
using StreamForge.Core;
using StreamForge.Embedded.Catalog;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Embedded.Evolution;
using StreamForge.Embedded.Images;
using StreamForge.Embedded.Ledgers;
using StreamForge.Embedded.Readers;
using StreamForge.Embedded.Reads;
using StreamForge.Embedded.Shards;
using StreamForge.Embedded.Sinks;
using StreamForge.Embedded.Sinks.Iceberg;
using StreamForge.Embedded.Storage;
using StreamForge.Embedded.Threads;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Slices;
using StreamForge.Pipeline.Watermarks;

namespace StreamForge.Embedded;

/// <param name="Bounded">Read to the sources' present end and stop (<c>--once</c>).</param>
/// <param name="Shards">How many shards; null for the definition's parallelism, else one a core.</param>
/// <param name="Drain">When every bounded source has been read to its end, also emit every open window (<c>--drain</c>).</param>
/// <param name="Warehouse">The location that tables are kept under, such as <c>file:///lake</c>; null for the definition's, else the data directory's.</param>
public sealed record EngineOptions(bool Bounded, int? Shards = null, bool Drain = false, string? Warehouse = null)
{
    /// <summary>Bytes of a partition's stored images (<c>before: stored</c>) that may be in memory; the rest is on disk alone. 64 MiB.</summary>
    public long ImageMemory { get; init; } = 64 << 20;
}

/// <summary>
/// One pipeline running in this process: partition readers, shard workers, sinks and checkpoints, put together. Lookups through <see cref="Features"/> work from <see cref="OpenAsync"/> on.
/// <para>
/// <see cref="RunAsync"/> ends in one of three ways: every bounded source is read; the caller cancels, which is an orderly stop; something fails. In the first two a last checkpoint is
/// taken and committed. After a failure nothing more is published, and the next start goes on from the newest checkpoint.
/// </para>
/// </summary>
public sealed class PipelineEngine : IAsyncDisposable
{
    private readonly PipelineWatermark _watermark;
    private readonly BarrierGate _gate;
    private readonly ShardWorker[] _shards;
    private readonly SinkWorker[] _sinks;
    private readonly PartitionRunner[] _partitions;
    private readonly IPartitionReader[] _readers;
    private readonly LedgerFile _deadLetters;
    private readonly LedgerFile _late;
    private readonly EngineCounters _counters;
    private readonly CheckpointCoordinator _coordinator;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly PartitionImages _images;
    private readonly bool _drains;
    private readonly bool _emits;

    private PipelineEngine(LoadedPipeline pipeline, DataDirectory data, EngineOptions options, Recovery recovery, TimeProvider clock, ILogger log)
    {
        Plan = pipeline.Plan;
        _clock = clock;
        _log = log;
        _counters = new EngineCounters(Plan);
        if (recovery.Checkpoint is { } checkpoint) _counters.Restore(checkpoint.Counters);
        _deadLetters = new LedgerFile(data.DeadLetters(Plan.Name), recovery.Checkpoint?.DeadLetters ?? new LedgerCheckpoint(0, 0));
        _late = new LedgerFile(data.Late(Plan.Name), recovery.Checkpoint?.Late ?? new LedgerCheckpoint(0, 0));
        _drains = options is { Bounded: true, Drain: true };
        _sinks = [.. recovery.Sinks.Select((s, i) => new SinkWorker(s, Plan.Sinks[i].View >= 0 ? recovery.Stores.Length : 1))];
        SinkWorker[][] viewSinks = [.. Plan.Views.Select((_, v) => _sinks.Where((_, i) => Plan.Sinks[i].View == v).ToArray())];
        _emits = viewSinks.Any(s => s.Length > 0);
        _images = recovery.Images;
        var orphans = new OrphanLedger(Plan, _late, _counters);
        _shards = [.. recovery.Stores.Select((stores, i) => new ShardWorker(i, stores, _emits ? viewSinks : null, orphans.Add))];
        var partitions = pipeline.Sources.SelectMany(s => s.Partitions.Select(p => (Source: s, Partition: p))).ToArray();
        _watermark = new PipelineWatermark(partitions.Length);
        _gate = new BarrierGate(partitions.Length);
        var outputs = new StageOutputs(_shards, _sinks, _deadLetters, _late, _counters, _watermark, partitions.Length, _emits);
        _readers = new IPartitionReader[partitions.Length];
        _partitions = new PartitionRunner[partitions.Length];
        for (var i = 0; i < partitions.Length; i++)
        {
            var (source, partition) = partitions[i];
            var sourcePlan = Plan.Source(source.Name);
            var saved = recovery.Checkpoint?.Partitions.FirstOrDefault(p => p.Source == partition.Source && p.Partition == partition.Partition);
            var start = saved is not null ? new PartitionCursor(saved.Segment, saved.Offset, saved.State)
                : recovery.Checkpoint?.Partitions.Any(p => p.Source == partition.Source) == true ? PartitionCursor.Added : PartitionCursor.Start;
            var own = saved is null ? EventTime.MinValue : OwnWatermark(saved, sourcePlan);
            if (saved is not null) _watermark.Restore(i, own, recovery.Checkpoint!.Watermark);
            var images = _images.Of(partition);
            var changes = sourcePlan.Definition.Changelog is null ? null : new ChangelogPartition(partition, source.Partitions.Count, images);
            _readers[i] = source.Open(partition, start, new ReadRequest(sourcePlan.Columns, Plan.Definition.Orchestration.MaxRecords, options.Bounded));
            var stage = new PartitionStage(Plan, sourcePlan, i, _shards.Length, _watermark, clock, saved is null ? StageState.Start : new StageState(saved.Rows, saved.NewestEvent) { Own = own, Changes = saved.Changes }, changes);
            _partitions[i] = new PartitionRunner(i, sourcePlan, _readers[i], stage, _watermark, _gate, outputs, start, clock, images, saved?.Began);
        }
        _coordinator = new CheckpointCoordinator(
            Plan, _gate, _partitions, _watermark, _shards, _sinks, _deadLetters, _late, _counters, clock, recovery);
        Features = new ShardedFeatureReader(Plan, recovery.Stores, () => _watermark.Current, clock);
    }

    /// <summary>State that came from a cluster does not say it, as it follows from the newest event; that of a changelog does, as a snapshot may hold it.</summary>
    private static long OwnWatermark(PartitionCheckpoint saved, SourcePlan source) => saved.Watermark == EventTime.MinValue && saved.NewestEvent != EventTime.MinValue && saved.Changes is null
        ? EventTime.SaturatingSubtract(saved.NewestEvent, source.Definition.Watermark.OutOfOrderness)
        : saved.Watermark;

    public PipelinePlan Plan { get; }

    /// <summary>Reads features while the pipeline runs.</summary>
    public IFeatureReader Features { get; }

    /// <summary>Opens a pipeline in a locked data directory: restores the newest checkpoint and repeats its commits.</summary>
    /// <param name="pipeline">Stays the caller's to dispose, after the engine.</param>
    /// <exception cref="StreamForgeException">Conflict when the definition does not fit the state that is kept; Corrupt when the state cannot be continued.</exception>
    public static async Task<PipelineEngine> OpenAsync(
        LoadedPipeline pipeline, DataDirectory data, EngineOptions options, TimeProvider clock, ILogger log, CancellationToken cancellation)
    {
        try
        {
            var shards = options.Shards ?? pipeline.Plan.Definition.Orchestration.Parallelism ?? Environment.ProcessorCount;
            var warehouse = new TableHome(data, options.Warehouse).Of(pipeline.Plan.Definition);
            pipeline = await ResumedDefinition.ResumeAsync(pipeline, data, warehouse, clock, cancellation);
            foreach (var source in pipeline.Sources) await source.PrepareAsync(cancellation);
            var sinks = new SinkFactory(pipeline.Plan, data, warehouse, clock);
            var recovery = await Recovery.RunAsync(pipeline.Plan, data, Math.Clamp(shards, 1, KeyGroup.Count), [.. pipeline.Sources.SelectMany(s => s.Partitions)], options.ImageMemory, sinks, cancellation);
            (CatalogEntry.Of(pipeline) with { Warehouse = warehouse }).Save(data);
            if (recovery.Checkpoint is { } checkpoint) EngineLog.Restored(log, pipeline.Plan.Name, checkpoint.Id, checkpoint.StateRecords);
            return new PipelineEngine(pipeline, data, options, recovery, clock, log);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StorageErrors.Translate(error, $"use the data directory {data.Path}");
        }
    }

    /// <summary>Runs until the bounded sources end, <paramref name="stop"/> is cancelled, or something fails. Once.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var abort = new CancellationTokenSource();
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(abort.Token);
        using var threads = new EngineThreads(Plan.Name, _partitions.Length + _shards.Length + _sinks.Length);
        var readers = Task.WhenAll(_partitions.Select(p => Watch(threads.Run(() => p.RunAsync(stop, abort.Token)), abort)));
        var shards = Task.WhenAll(_shards.Select(s => Watch(threads.Run(() => s.RunAsync(abort.Token)), abort)));
        var sinks = Task.WhenAll(_sinks.Select(s => Watch(threads.Run(() => s.RunAsync(abort.Token)), abort)));
        var checkpoints = Watch(CheckpointRegularlyAsync(idle.Token, abort.Token), abort);
        var last = Task.CompletedTask;
        try
        {
            await readers;
            await idle.CancelAsync();
            await checkpoints;
            await (last = Watch(EndAsync(abort.Token), abort));
        }
        catch
        {
            await abort.CancelAsync();
            throw await FirstFailureAsync(readers, shards, sinks, checkpoints, last);
        }
        finally
        {
            foreach (var shard in _shards) shard.Complete();
        }
        await shards;
        foreach (var sink in _sinks) sink.Complete();
        await sinks;
    }

    /// <summary>Emits what is open, when that was asked for and everything has been read, and takes the last checkpoint.</summary>
    private async Task EndAsync(CancellationToken abort)
    {
        var drained = _drains && _emits && _partitions.All(p => p.Finished);
        if (drained)
        {
            var before = ClosedRows;
            await Task.WhenAll(_shards.Select(s => s.DrainAsync(abort)));
            drained = ClosedRows > before;
        }
        await CheckpointAsync(final: true, drained, abort);
    }

    private async Task CheckpointAsync(bool final, bool drained, CancellationToken abort)
    {
        var before = _coordinator.Last;
        var started = _clock.GetTimestamp();
        await _coordinator.TakeAsync(final, drained, abort);
        var elapsed = _clock.GetElapsedTime(started);
        if (_coordinator.Last is { } last && last != before) EngineLog.Checkpointed(_log, Plan.Name, last.Id, last.States[^1].Bytes, last.StateBytes, elapsed);
    }

    private long ClosedRows => _shards.Sum(s => s.Stores.Sum(v => v.Closing?.Rows ?? 0));

    /// <summary>A failing part ends the others.</summary>
    private static async Task Watch(Task part, CancellationTokenSource abort)
    {
        try
        {
            await part;
        }
        catch
        {
            await abort.CancelAsync();
            throw;
        }
    }

    /// <summary>The failure that made the others end, rather than their being ended.</summary>
    private static async Task<Exception> FirstFailureAsync(params Task[] parts)
    {
        Exception? cancelled = null;
        foreach (var part in parts)
        {
            try
            {
                await part;
            }
            catch (OperationCanceledException error)
            {
                cancelled = error;
            }
            catch (Exception error)
            {
                return StorageErrors.Translate(error, "write the pipeline's output");
            }
        }
        return cancelled ?? new InvalidOperationException("The engine stopped without a reason.");
    }

    private async Task CheckpointRegularlyAsync(CancellationToken end, CancellationToken abort)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMicroseconds(SinkFactory.CheckpointInterval(Plan.Definition)), _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(end))
            {
                await CheckpointAsync(final: false, drained: false, abort);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested && !abort.IsCancellationRequested)
        {
            // The readers have ended; the last checkpoint follows.
        }
    }

    /// <summary>A key that the view knows, canonical; null when it knows none. After <see cref="RunAsync"/> has ended.</summary>
    /// <param name="view">Index in the plan.</param>
    public byte[]? AnyKey(int view) => _shards.Select(s => s.Stores[view].AnyKey()).FirstOrDefault(k => k is not null);

    /// <summary>The positions behind the state of the views that read a source; any thread.</summary>
    public ViewOrigin Origin(string source)
    {
        var last = _coordinator.Last;
        return new ViewOrigin(last?.Id ?? 0, [
            .. _partitions.Where(p => p.Partition.Source == source).Select(p => p.Status())
                .Select(p => new PartitionOrigin(p.Source, p.Partition, p.Position, last?.PositionOf(p.Source, p.Partition), p.Watermark)),
        ]);
    }

    /// <summary>Events read since the pipeline was first started; any thread.</summary>
    public long Events => _counters.Events;

    /// <summary>How the pipeline is at this moment; any thread.</summary>
    public EngineStatus Status() => new(
        _counters.Events, _counters.Rows, _deadLetters.Records, _late.Records, _counters.NullKeys, _counters.Unexpected, _counters.Bytes, _watermark.Current,
        _coordinator.Last?.Id ?? 0, _coordinator.Last?.StateBytes ?? 0, _coordinator.MostBytesAhead,
        _partitions.Length > 0 && _partitions.All(p => p.Progress is not null) ? _partitions.Average(p => p.Progress!.Value) : null,
        [.. Plan.Views.Select((v, i) => new ViewStatus(v.Name, _shards.Sum(s => (long)s.Stores[i].Keys), _shards.Sum(s => s.Stores[i].Bytes), _shards.Sum(s => (s.Stores[i].Closing?.Rows ?? 0) - (s.Stores[i].Closing?.RowsBefore ?? 0)))
        {
            Degraded = _counters.Orphans(i),
            Expired = _counters.Expired(i),
        })],
        [.. _sinks.Select(s => new SinkStatus(s.Sink.Name, s.Rows) { Table = (s.Sink as IcebergSink)?.Status })],
        [.. _counters.Nodes, .. _sinks.Select(s => new NodeStatus(s.Sink.Name, NodeKind.Sink, s.Rows, 0, 0))],
        [.. _partitions.Select(p => p.Status())])
    {
        PassedOver = _counters.PassedOver,
        HasChangelogs = Plan.Sources.Any(s => s.Definition.Changelog is not null),
        Duplicates = _counters.Duplicates,
        Truncates = _counters.Truncates,
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var reader in _readers) await reader.DisposeAsync();
        foreach (var sink in _sinks) await sink.Sink.DisposeAsync();
        _deadLetters.Dispose();
        _late.Dispose();
        _images.Dispose();
    }
}

/// <summary>The engine's log messages.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "{Pipeline}: restored checkpoint {Checkpoint} with {States} key states")]
    public static partial void Restored(ILogger logger, string pipeline, long checkpoint, long states);

    [LoggerMessage(Level = LogLevel.Debug, Message = "{Pipeline}: checkpoint {Checkpoint} published, {Written} bytes written of {Bytes} in all, in {Elapsed}")]
    public static partial void Checkpointed(ILogger logger, string pipeline, long checkpoint, long written, long bytes, TimeSpan elapsed);
}
