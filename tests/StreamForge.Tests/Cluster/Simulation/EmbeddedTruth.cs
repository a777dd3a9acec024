using System.Buffers;
using System.Text;
using StreamForge.Core;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Embedded.Shards;
using StreamForge.Embedded.Sinks;
using StreamForge.Pipeline.Changes;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Slices;
using StreamForge.Pipeline.Watermarks;
using StreamForge.Testing.Cluster.Sinks;
using StreamForge.Testing.Cluster.Workload;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Tests.Cluster.Simulation;

/// <summary>What a workload comes to in the embedded engine: its own stages and stores, fed from the same topics with nothing going wrong.</summary>
internal sealed class EmbeddedTruth
{
    private readonly PipelinePlan _plan;
    private readonly KeyStore[] _stores;

    public EmbeddedTruth(SimulatedWorkload workload)
    {
        _plan = workload.Plan;
        _stores = Recovery.NewStores(_plan, 1, workload.Partitions)[0];
        var clock = new SimulatedTime(new SimulatedWorld(0));
        var watermark = new PipelineWatermark(workload.Partitions);
        var source = _plan.Sources[0];
        var stages = workload.Topics.Select(t => new PartitionStage(_plan, source, t.Partition, 1, watermark, clock, StageState.Start, workload.Changelog(t.Partition, new MemoryImageStore()))).ToArray();
        var decoders = workload.Topics.Select(t => workload.Decoder(t.Partition)).ToArray();
        var positions = workload.Topics.Select(t => t.Start).ToArray();
        for (var isReading = true; isReading;)
        {
            isReading = false;
            foreach (var topic in workload.Topics)
            {
                if (topic.Poll(positions[topic.Partition], long.MaxValue, 25) is not { } poll) continue;
                isReading = true;
                positions[topic.Partition] = poll.Next;
                using var read = decoders[topic.Partition].Decode(poll);
                Apply(stages[topic.Partition].Process(read), topic.Partition, watermark.Current);
            }
        }
        Watermark = watermark.Current;
        foreach (var store in _stores)
        {
            while (store.Closing?.Next(store, all: true) is { } batch)
            {
                Open.AddRange(Lines(batch, batch.Schema));
                batch.Release();
            }
        }
    }

    public long Watermark { get; }

    public List<DeadLetter> DeadLetters { get; } = [];

    public List<LateRecord> Late { get; } = [];

    /// <summary>Rows of sinks that take rows, by the sink's name.</summary>
    public Dictionary<string, List<SimulatedRow>> Rows { get; } = new(StringComparer.Ordinal);

    /// <summary>Rows of closed windows as JSON, every revision.</summary>
    public List<string> Closed { get; } = [];

    /// <summary>Rows of windows that are still open in the end, as JSON.</summary>
    public List<string> Open { get; } = [];

    /// <summary>The canonical keys of a view.</summary>
    public IEnumerable<byte[]> Keys(int view)
    {
        var sample = new List<(int Bytes, byte[] Key)>();
        _stores[view].Sample(sample);
        return sample.Select(s => s.Key);
    }

    /// <summary>A key's state; empty when it is unknown.</summary>
    public byte[] State(int view, byte[] key)
    {
        var copy = _stores[view].TryCopy(key, KeyGroup.Hash(key), out var length);
        if (copy is null) return [];
        var state = copy.AsSpan(0, length).ToArray();
        ArrayPool<byte>.Shared.Return(copy);
        return state;
    }

    public long Newest(int view) => _stores[view].Newest;

    private void Apply(StageResult result, int partition, long watermark)
    {
        DeadLetters.AddRange(result.DeadLetters);
        Late.AddRange(result.Late);
        foreach (var (sink, batch) in result.SinkBatches)
        {
            if (!Rows.TryGetValue(_plan.Sinks[sink].Name, out var rows)) Rows.Add(_plan.Sinks[sink].Name, rows = []);
            rows.AddRange(Lines(batch, _plan.Sinks[sink].Schema).Select((json, row) => new SimulatedRow($"{batch.Origin.Partition}/{batch.PositionText(row)}", json)));
            batch.Release();
        }
        var orphans = new List<LateRecord>();
        var worker = new ShardWorker(0, _stores, orphans: (slice, found) => orphans.AddRange(found.Select(o => OrphanLedger.Record(_plan.Views[slice.View], slice, o.Row))));
        foreach (var slice in result.Slices) worker.Apply(slice);
        Late.AddRange(orphans);
        for (var view = 0; view < _stores.Length; view++)
        {
            if (_stores[view].Closing is not { } closing) continue;
            closing.Advance(partition, watermark, finished: false);
            while (closing.Next(_stores[view], all: false) is { } batch)
            {
                Closed.AddRange(Lines(batch, batch.Schema));
                batch.Release();
            }
        }
    }

    private static string[] Lines(ColumnBatch batch, Schema schema)
    {
        using var writer = new JsonRowWriter(schema);
        var lines = new ArrayBufferWriter<byte>();
        writer.Write(batch, lines);
        return Encoding.UTF8.GetString(lines.WrittenSpan).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
