using StreamForge.Embedded.Ledgers;
using StreamForge.Embedded.Shards;
using StreamForge.Embedded.Sinks;
using StreamForge.Pipeline.Slices;

namespace StreamForge.Embedded.Readers;

/// <summary>Where the results of all partitions' stages go: shards, sinks and ledgers. Safe from any number of readers at once.</summary>
internal sealed class StageOutputs(ShardWorker[] shards, SinkWorker[] sinks, LedgerFile deadLetters, LedgerFile late, EngineCounters counters)
{
    public async ValueTask SendAsync(StageResult result, long bytes, CancellationToken abort)
    {
        deadLetters.Append(result.DeadLetters);
        late.Append(result.Late);
        foreach (var (sink, batch) in result.SinkBatches) await sinks[sink].SendAsync(batch, abort);
        if (result.Slices.Count > 0)
        {
            foreach (var shard in shards) await shard.SendAsync(result.Slices, abort);
        }
        counters.Add(result, bytes);
    }
}

/// <summary>What a pipeline has counted since it was first started; any thread.</summary>
internal sealed class EngineCounters
{
    private long _events;
    private long _rows;
    private long _nullKeys;
    private long _unexpected;
    private long _bytes;

    public long Events => Interlocked.Read(ref _events);

    public long Rows => Interlocked.Read(ref _rows);

    public long NullKeys => Interlocked.Read(ref _nullKeys);

    public long Unexpected => Interlocked.Read(ref _unexpected);

    public long Bytes => Interlocked.Read(ref _bytes);

    public void Add(StageResult result, long bytes)
    {
        Interlocked.Add(ref _events, result.Events);
        Interlocked.Add(ref _rows, result.Rows);
        Interlocked.Add(ref _nullKeys, result.NullKeys);
        Interlocked.Add(ref _unexpected, result.Unexpected);
        Interlocked.Add(ref _bytes, bytes);
    }

    public IReadOnlyDictionary<string, long> ToDictionary() => new Dictionary<string, long>(StringComparer.Ordinal)
    {
        ["events"] = Events,
        ["rows"] = Rows,
        ["null_keys"] = NullKeys,
        ["unexpected"] = Unexpected,
        ["bytes"] = Bytes,
    };

    public void Restore(IReadOnlyDictionary<string, long> counters)
    {
        _events = counters.GetValueOrDefault("events");
        _rows = counters.GetValueOrDefault("rows");
        _nullKeys = counters.GetValueOrDefault("null_keys");
        _unexpected = counters.GetValueOrDefault("unexpected");
        _bytes = counters.GetValueOrDefault("bytes");
    }
}
