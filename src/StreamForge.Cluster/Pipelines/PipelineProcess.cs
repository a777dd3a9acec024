using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Records;
using StreamForge.Cluster.Waiting;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Watermarks;

namespace StreamForge.Cluster.Pipelines;

/// <summary>
/// Runs a pipeline's own part: puts together what partitions report, tells everybody how far time is, and keeps what the pipeline is meant to do.
/// <para>
/// The watermark is that of <see cref="PipelineWatermark"/> over what partitions have applied. It is told only after it has been written, so that another activation never tells an earlier one. A partition that fails
/// stops the whole pipeline, with the reason, until somebody starts it; a report of a failure under an earlier start is an old one.
/// </para>
/// <para>
/// Whoever owns it calls <see cref="StartAsync"/> once and <see cref="TickAsync"/> about once a second, and hands calls of others on, in any interleaving, on one thread or a scheduler that runs one continuation at a time.
/// A <see cref="FenceLostException"/> means that another activation has taken over.
/// </para>
/// </summary>
public sealed class PipelineProcess : IPipelineControl
{
    /// <summary>After so many ticks without a write it is looked whether the record is still this activation's.</summary>
    private const int QuietTicks = 10;

    private readonly PipelinePlan _plan;
    private readonly IPipelineStorage _storage;
    private readonly TimeProvider _clock;
    private readonly Guid _writer;
    private readonly ILogger _log;
    private readonly Turn _writes = new();
    private FencedRecord<PipelineRecord>? _record;
    private PipelineBoard _board = null!;
    private bool _isTicking;
    private int _quietTicks;
    private long _since;

    /// <param name="writer">Unique for this activation.</param>
    public PipelineProcess(PipelinePlan plan, IPipelineStorage storage, TimeProvider clock, Guid writer, ILogger log) =>
        (_plan, _storage, _clock, _writer, _log) = (plan, storage, clock, writer, log);

    /// <summary>The pipeline's partitions by index, after <see cref="StartAsync"/>.</summary>
    public ImmutableArray<PartitionId> Partitions { get; private set; }

    /// <summary>Checks that the plan fits what is kept, gives new partitions their indexes, and goes on with the order and the watermark that are kept.</summary>
    /// <param name="partitions">The partitions that the sources have now, in order of sources and numbers.</param>
    /// <param name="cancellation">The process ends.</param>
    /// <exception cref="StreamForgeException">Conflict when the definition does not fit; a retryable error may pass.</exception>
    public async ValueTask StartAsync(ImmutableArray<PartitionId> partitions, CancellationToken cancellation)
    {
        var definition = await FencedRecord<DefinitionRecord>.ClaimAsync(_storage.Records, _clock, DefinitionRecord.Name, _writer, cancellation);
        var next = DefinitionRecord.Next(definition.Stored, _plan, partitions);
        await definition.WriteAsync(next, cancellation);
        var record = await FencedRecord<PipelineRecord>.ClaimAsync(_storage.Records, _clock, PipelineRecord.Name, _writer, cancellation);
        if (record.Stored is null) await record.WriteAsync(PipelineRecord.New, cancellation);
        var newest = new long[_plan.Views.Length];
        for (var view = 0; view < newest.Length; view++) newest[view] = await _storage.Keys.NewestEventAsync(view, cancellation);
        Partitions = next.Partitions;
        _board = new PipelineBoard(next.Partitions, newest, record.Stored!);
        _since = EventTime.Now(_clock);
        _record = record;
    }

    public ValueTask<PipelineTime> ReportAsync(PartitionReport report, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(report);
        CheckStarted();
        var order = _board.Order;
        _board.Report(report);
        if (_board.Order != order) PipelineProcessLog.Stopped(_log, _plan.Name, _board.Failure!);
        return new ValueTask<PipelineTime>(_board.Time());
    }

    public ValueTask<PipelineTime> TimeAsync(CancellationToken cancellation)
    {
        CheckStarted();
        return new ValueTask<PipelineTime>(_board.Time());
    }

    public async ValueTask OrderAsync(PipelineOrder order, CancellationToken cancellation)
    {
        CheckStarted();
        using var turn = await _writes.TakeAsync(cancellation);
        var next = _board.Ordered(order);
        await _record!.WriteAsync(next, cancellation);
        _board.Take(next);
    }

    public ValueTask<PipelineOverview> OverviewAsync(CancellationToken cancellation)
    {
        CheckStarted();
        return new ValueTask<PipelineOverview>(new PipelineOverview(_board.Time(), Partitions, _board.Reports, _since));
    }

    /// <summary>Writes how far time is, and why the pipeline has stopped. About once a second.</summary>
    public async ValueTask TickAsync(CancellationToken cancellation)
    {
        if (_record is null || _isTicking) return;
        _isTicking = true;
        try
        {
            using var turn = await _writes.TakeAsync(cancellation);
            var next = _board.Next;
            if (next == _record.Stored)
            {
                await CheckAsync(cancellation);
                return;
            }
            await _record.WriteAsync(next, cancellation);
            _board.Told(next.Watermark);
            _quietTicks = 0;
        }
        finally
        {
            _isTicking = false;
        }
    }

    /// <summary>An activation that is behind another one may have nothing to write, and would tell an old time for ever.</summary>
    private async ValueTask CheckAsync(CancellationToken cancellation)
    {
        if (++_quietTicks < QuietTicks) return;
        try
        {
            await _record!.CheckAsync(cancellation);
            _quietTicks = 0;
        }
        catch (StreamForgeException error) when (error.Retryable)
        {
            // It is looked at again with the next tick.
        }
    }

    private void CheckStarted()
    {
        if (_record is null) throw new StreamForgeException(ErrorKind.Unavailable, $"the pipeline {_plan.Name} is starting", retryable: true);
    }
}

/// <summary>The log messages of a pipeline.</summary>
internal static partial class PipelineProcessLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Pipeline} stops: {Reason}")]
    public static partial void Stopped(ILogger logger, string pipeline, string reason);
}
