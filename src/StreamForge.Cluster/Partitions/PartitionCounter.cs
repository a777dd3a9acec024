using System.Collections.Immutable;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Pipeline.Slices;

namespace StreamForge.Cluster.Partitions;

/// <summary>What a partition has seen since it was activated; events that are read again are not counted again. One thread.</summary>
internal sealed class PartitionCounter(int views)
{
    private readonly long[] _newest = Enumerable.Repeat(EventTime.MinValue, views).ToArray();
    private PartitionCounts _counts;
    private long _countedTo = long.MinValue;

    public long Rewinds { get; set; }

    public PartitionCounts Counts => _counts with { Rewinds = Rewinds };

    /// <summary>For each view the newest event time applied.</summary>
    public ImmutableArray<long> NewestEvents { get; private set; } = [.. Enumerable.Repeat(EventTime.MinValue, views)];

    public void Count(PollBatch batch, StageResult result)
    {
        foreach (var slice in result.Slices)
        {
            foreach (var row in slice.Order.AsSpan(0, slice.Count)) _newest[slice.View] = Math.Max(_newest[slice.View], slice.Rows.Times[row]);
        }
        if (batch.From < _countedTo) return;
        _countedTo = batch.Next;
        _counts = new PartitionCounts(_counts.Events + result.Events, _counts.Rows + result.Rows, _counts.DeadLetters + result.DeadLetters.Count, _counts.Late + result.Late.Count - result.Orphans, 0)
        {
            Duplicates = _counts.Duplicates + result.Duplicates,
            Expired = _counts.Expired + result.Views.Sum(static v => (long)v.Expired),
        };
    }

    /// <summary>What has been counted is applied.</summary>
    public void Apply() => NewestEvents = [.. _newest];
}
