using System.Collections.Immutable;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Slices;

namespace StreamForge.Cluster.Partitions;

/// <summary>What a partition has seen since it was activated; events that are read again are not counted again. One thread.</summary>
internal sealed class PartitionCounter(SourcePlan source, int views)
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
            PassedOver = _counts.PassedOver + result.PassedOver,
            NullKeys = _counts.NullKeys + result.NullKeys,
            Unexpected = _counts.Unexpected + result.Unexpected,
            Truncates = _counts.Truncates + result.Truncates,
            Expired = Expired(result),
        };
    }

    private ImmutableArray<long> Expired(StageResult result)
    {
        if (Array.TrueForAll(result.Views, static v => v.Expired == 0)) return _counts.Expired;
        var expired = new long[_newest.Length];
        _counts.Expired.CopyTo(expired);
        for (var i = 0; i < result.Views.Length; i++) expired[source.Views[i]] += result.Views[i].Expired;
        return [.. expired];
    }

    /// <summary>What has been counted is applied.</summary>
    public void Apply() => NewestEvents = [.. _newest];
}
