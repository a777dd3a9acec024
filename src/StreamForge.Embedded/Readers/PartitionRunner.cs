using StreamForge.Core;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Embedded.Images;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Slices;
using StreamForge.Pipeline.Watermarks;

namespace StreamForge.Embedded.Readers;

/// <summary>
/// Reads one partition, puts each read through its stage and hands the results on. Between two reads it passes the gate, where a checkpoint may hold it; its
/// <see cref="Checkpoint"/> may be taken only there.
/// </summary>
internal sealed class PartitionRunner(
    int index, SourcePlan source, IPartitionReader reader, PartitionStage stage, PipelineWatermark watermark, BarrierGate gate, StageOutputs outputs,
    PartitionCursor start, TimeProvider clock, ImageLog? images = null, long? began = null)
{
    private readonly string? _imageColumns = images is null ? null : PartitionImages.Columns(source);
    private ImagesMark? _mark;
    private long? _began = began;
    private volatile PartitionCursor _cursor = start;
    private volatile bool _finished;

    public PartitionId Partition => reader.Partition;

    /// <summary>Share of the input read, for progress bars.</summary>
    public double? Progress => reader.Progress;

    public bool Finished => _finished;

    /// <summary>How the partition is at this moment; any thread.</summary>
    public PartitionStatus Status()
    {
        var cursor = _cursor;
        return new PartitionStatus(
            Partition.Source, Partition.Partition, watermark.Own(index), stage.NewestEvent, watermark.Activity(index),
            new BatchOrigin(Partition, cursor.Segment).Describe(cursor.Offset))
        {
            Images = images is null ? null : new ImagesStatus(images.Rows, images.Bytes, images.MemoryBytes),
        };
    }

    /// <summary>Where to go on; valid while the reader stands at the gate or has left.</summary>
    public PartitionCheckpoint Checkpoint()
    {
        var state = stage.State;
        _mark = images?.Mark();
        return new PartitionCheckpoint(
            Partition.Source, Partition.Partition, _cursor.Segment, _cursor.Offset, _cursor.State, state.Rows, state.NewestEvent, watermark.Own(index), _finished)
        {
            Began = _began,
            Changes = state.Changes,
            Images = _mark is null ? null : _mark.Checkpoint with { Columns = _imageColumns! },
        };
    }

    /// <summary>Makes the stored images that the last <see cref="Checkpoint"/> counts durable; while the reader goes on.</summary>
    public void SyncImages() => _mark?.Sync();

    /// <summary>No checkpoint that is kept counts image files before this one.</summary>
    public void ReleaseImages(long oldest) => images?.Release(oldest);


    /// <summary>Passes on that everything before a checkpoint's position is durable.</summary>
    public ValueTask AcknowledgeAsync(PartitionCheckpoint durable, CancellationToken cancellation) =>
        reader.AcknowledgeAsync(new PartitionCursor(durable.Segment, durable.Offset, durable.State), cancellation);

    /// <summary>Reads until the end of a bounded partition, or until <paramref name="stop"/> asks for an orderly end between two reads.</summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken abort)
    {
        try
        {
            var lastEvent = clock.GetTimestamp();
            var idleAfter = TimeSpan.FromMicroseconds(source.Definition.Watermark.IdleTimeout);
            while (!stop.IsCancellationRequested)
            {
                await gate.PassAsync(abort);
                if (stop.IsCancellationRequested) return;
                var read = await reader.ReadAsync(abort);
                if (read.State == ReadState.Finished)
                {
                    _finished = true;
                    watermark.Set(index, PartitionActivity.Finished);
                    await outputs.TellTimeAsync(index, finished: true, abort);
                    return;
                }
                if (read.Batch is { } batch)
                {
                    await ProcessAsync(batch, abort);
                    lastEvent = clock.GetTimestamp();
                }
                else
                {
                    if (clock.GetElapsedTime(lastEvent) >= idleAfter && watermark.Activity(index) == PartitionActivity.Active) watermark.Set(index, PartitionActivity.Idle);
                    await outputs.TellTimeAsync(index, finished: false, abort);
                }
            }
        }
        finally
        {
            gate.Leave();
        }
    }

    private async ValueTask ProcessAsync(SourceBatch batch, CancellationToken abort)
    {
        using (batch)
        {
            var result = stage.Process(batch);
            await outputs.SendAsync(index, source.Name, result, batch.Bytes, abort);
            if (batch.Batch.Count == 0 && (_cursor == PartitionCursor.Start || _cursor == PartitionCursor.Added)) _began = batch.Next.Offset;
            _cursor = batch.Next;
        }
    }
}
