using StreamForge.Embedded.Ledgers;
using StreamForge.Embedded.Shards;
using StreamForge.Embedded.Sinks;
using StreamForge.Pipeline.Slices;

namespace StreamForge.Embedded.Readers;

/// <summary>Where the results of all partitions' stages go: shards, sinks and ledgers. Safe from any number of readers at once.</summary>
internal sealed class StageOutputs(ShardWorker[] shards, SinkWorker[] sinks, LedgerFile deadLetters, LedgerFile late, EngineCounters counters)
{
    public async ValueTask SendAsync(string source, StageResult result, long bytes, CancellationToken abort)
    {
        deadLetters.Append(result.DeadLetters);
        late.Append(result.Late);
        foreach (var (sink, batch) in result.SinkBatches) await sinks[sink].SendAsync(batch, abort);
        if (result.Slices.Count > 0)
        {
            foreach (var shard in shards) await shard.SendAsync(result.Slices, abort);
        }
        counters.Add(source, result, bytes);
    }
}
