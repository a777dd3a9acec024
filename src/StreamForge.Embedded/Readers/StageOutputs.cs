using StreamForge.Core;
using StreamForge.Embedded.Ledgers;
using StreamForge.Embedded.Shards;
using StreamForge.Embedded.Sinks;
using StreamForge.Pipeline.Slices;
using StreamForge.Pipeline.Watermarks;

namespace StreamForge.Embedded.Readers;

/// <summary>
/// Where the results of all partitions' stages go: shards, sinks and ledgers. Safe from any number of readers at once.
/// <para>
/// Where windows are emitted, every message to the shards says how far time is after it. Time also moves without rows for them: by events that belong to no view, by a partition that becomes idle or
/// finishes. Whoever moves it says so (<see cref="TellTimeAsync"/>) before its next read, and who waits for events passes on what the others have reached, so that no shard is behind for longer than a read waits.
/// </para>
/// </summary>
/// <param name="watermark">The pipeline's watermark.</param>
/// <param name="partitions">How many partitions there are.</param>
/// <param name="emits">Whether any view's windows are emitted.</param>
internal sealed class StageOutputs(ShardWorker[] shards, SinkWorker[] sinks, LedgerFile deadLetters, LedgerFile late, EngineCounters counters,
    PipelineWatermark watermark, int partitions, bool emits)
{
    private readonly long[] _told = Enumerable.Repeat(EventTime.MinValue, partitions).ToArray();

    public async ValueTask SendAsync(int partition, string source, StageResult result, long bytes, CancellationToken abort)
    {
        deadLetters.Append(result.DeadLetters);
        late.Append(result.Late);
        foreach (var (sink, batch) in result.SinkBatches) await sinks[sink].SendAsync(batch, lane: 0, abort);
        if (result.Slices.Count > 0)
        {
            PartitionTime? time = emits ? new PartitionTime(partition, _told[partition] = watermark.Current, Finished: false) : null;
            foreach (var shard in shards) await shard.SendAsync(result.Slices, time, abort);
        }
        else await TellTimeAsync(partition, finished: false, abort);
        counters.Add(source, result, bytes);
    }

    /// <summary>Tells the shards how far time is, unless they have heard it from this partition; called by its reader, between two reads.</summary>
    /// <param name="finished">The partition brings nothing more.</param>
    public async ValueTask TellTimeAsync(int partition, bool finished, CancellationToken abort)
    {
        var now = watermark.Current;
        if (!emits || (now == _told[partition] && !finished)) return;
        _told[partition] = now;
        foreach (var shard in shards) await shard.SendAsync(null, new PartitionTime(partition, now, finished), abort);
    }
}
