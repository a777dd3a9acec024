using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Pipeline.Watermarks;

namespace StreamForge.Cluster.Pipelines;

/// <summary>What partitions have reported, put together: the pure part of the pipeline's own protocol.</summary>
internal sealed class PipelineBoard
{
    private readonly ImmutableArray<PartitionId> _partitions;
    private readonly PartitionReport?[] _reports;
    private readonly PipelineWatermark _watermark;
    private readonly PipelineWatermark _durable;
    private readonly long[] _newest;
    private long _told;
    private long _start;

    /// <param name="partitions">By index.</param>
    /// <param name="newest">For each view the newest event that is in storage.</param>
    /// <param name="record">What is kept.</param>
    public PipelineBoard(ImmutableArray<PartitionId> partitions, long[] newest, PipelineRecord record)
    {
        _partitions = partitions;
        _reports = new PartitionReport?[partitions.Length];
        _newest = newest;
        _watermark = new PipelineWatermark(partitions.Length);
        _durable = new PipelineWatermark(partitions.Length);
        if (partitions.Length > 0) _watermark.Restore(0, EventTime.MinValue, record.Watermark);
        _told = record.Watermark;
        (Order, _start, Failure) = (record.Order, record.Start, record.Failure);
    }

    public PipelineOrder Order { get; private set; }

    public string? Failure { get; private set; }

    public ImmutableArray<PartitionReport?> Reports => [.. _reports];

    /// <summary>What is to be written next.</summary>
    public PipelineRecord Next => new(Order, _start, Failure, Math.Max(_told, _watermark.Current));

    /// <summary>A partition says how it is.</summary>
    public void Report(PartitionReport report)
    {
        _reports[report.Partition] = report;
        _watermark.Note(report.Partition, report.Watermark, report.Activity);
        _durable.Note(report.Partition, report.DurableWatermark, IsAtRest(report) ? report.Activity : PartitionActivity.Active);
        for (var view = 0; view < _newest.Length; view++) _newest[view] = Math.Max(_newest[view], report.NewestEvents[view]);
        if (report.Failure is null || report.Start != _start || Order == PipelineOrder.Stop) return;
        Order = PipelineOrder.Stop;
        Failure = $"{_partitions[report.Partition]}: {report.Failure}";
    }

    /// <summary>What everybody may know.</summary>
    public PipelineTime Time()
    {
        var final = long.MaxValue;
        foreach (var report in _reports) final = Math.Min(final, report?.Final ?? EventTime.MinValue);
        return new PipelineTime(
            Order, _start, _told, _reports.Length == 0 ? EventTime.MinValue : final, [.. _newest],
            [.. _reports.Select((r, i) => (_watermark.Own(i), r?.Activity ?? PartitionActivity.Active))], Failure)
        {
            Closing = Array.TrueForAll(_reports, IsAtRest) ? _told : Math.Min(_told, _durable.Current),
        };
    }

    private static bool IsAtRest(PartitionReport? report) => report is not null && report.Durable == report.Applied;

    /// <summary>The record after an order.</summary>
    public PipelineRecord Ordered(PipelineOrder order) =>
        order == PipelineOrder.Run ? Next with { Order = order, Start = Order == PipelineOrder.Run ? _start : _start + 1, Failure = null } : Next with { Order = order };

    /// <summary>An order has been written.</summary>
    public void Take(PipelineRecord record)
    {
        (Order, _start, Failure) = (record.Order, record.Start, record.Failure);
        Told(record.Watermark);
    }

    /// <summary>A watermark has been written.</summary>
    public void Told(long watermark) => _told = Math.Max(_told, watermark);
}
