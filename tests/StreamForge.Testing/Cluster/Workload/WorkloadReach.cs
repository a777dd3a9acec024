using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Pipeline.Changes;
using StreamForge.Pipeline.Slices;
using StreamForge.Pipeline.Watermarks;
using StreamForge.Testing.Cluster.World;

namespace StreamForge.Testing.Cluster.Workload;

/// <summary>What the events of a workload reach, whatever happens to them on the way: which keys each partition's events touch, and how far its time gets. Every view has a lifetime window, so nothing is refused as late.</summary>
public sealed class WorkloadReach
{
    private readonly List<(long Offset, KeyId Key)>[] _touched;
    private readonly long[] _watermarks;

    public WorkloadReach(SimulatedWorkload workload)
    {
        ArgumentNullException.ThrowIfNull(workload);
        _touched = new List<(long, KeyId)>[workload.Partitions];
        _watermarks = new long[workload.Partitions];
        var clock = new SimulatedTime(new SimulatedWorld(0));
        foreach (var topic in workload.Topics)
        {
            var touched = _touched[topic.Partition] = [];
            var watermark = new PipelineWatermark(1);
            var stage = new PartitionStage(workload.Plan, workload.Plan.Sources[0], 0, 1, watermark, clock, StageState.Start, workload.Changelog(topic.Partition, new MemoryImageStore()));
            var decoder = workload.Decoder(topic.Partition);
            for (var position = topic.Start; topic.Poll(position, long.MaxValue, 100) is { } poll; position = poll.Next)
            {
                using var read = decoder.Decode(poll);
                var result = stage.Process(read);
                foreach (var slice in result.Slices)
                {
                    foreach (var row in slice.Order.AsSpan(0, slice.Count)) touched.Add((slice.Positions[row], new KeyId(slice.View, slice.Keys[row].ToArray())));
                    slice.Release();
                }
                foreach (var (_, batch) in result.SinkBatches) batch.Release();
            }
            _watermarks[topic.Partition] = watermark.Current;
        }
    }

    /// <summary>The keys that events of a partition between two offsets touch.</summary>
    public IEnumerable<(long Offset, KeyId Key)> Touched(int partition, long from, long to) => _touched[partition].Where(t => t.Offset >= from && t.Offset < to);

    /// <summary>A partition's own watermark after all of its events; <see cref="EventTime.MinValue"/> when it has none.</summary>
    public long Watermark(int partition) => _watermarks[partition];
}
