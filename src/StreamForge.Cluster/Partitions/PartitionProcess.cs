using Microsoft.Extensions.Logging;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Records;
using StreamForge.Cluster.Slices;
using StreamForge.Cluster.Waiting;
using StreamForge.Core;
using StreamForge.Pipeline.Slices;
using StreamForge.Pipeline.Watermarks;

namespace StreamForge.Cluster.Partitions;

/// <summary>
/// Runs one partition: takes its batches, brings them to keys and sinks, and finds out what has become durable (see docs/cluster.md). What is right is decided in <see cref="PartitionLog"/> and
/// <see cref="BoundsJournal"/>, rows are made by <see cref="PartitionIntake"/>, and its record is kept by <see cref="PartitionKeeper"/>; this class calls others and waits for them.
/// <para>
/// Whoever owns it calls <see cref="StartAsync"/> once, then <see cref="OnBatchAsync"/> with what the stream brings and <see cref="TickAsync"/> about once a second, in any interleaving, on one thread or a scheduler that
/// runs one continuation at a time. A <see cref="FenceLostException"/> from any of them means that another activation has taken over: the owner lets go of this one. Other failures do not come out: those that may pass
/// are tried again, with the reason in the report, and those that will not stop the partition and are reported, so that the pipeline stops; nothing is skipped. When the pipeline is started again the
/// partition goes on from its durable position.
/// </para>
/// <para>
/// Batches are taken one at a time. While the partition waits for room, or for its record, so does whoever brought the batch: that is the backpressure. A rewind changes the epoch; whatever was under way finds that out
/// when it comes back from waiting, and ends.
/// </para>
/// </summary>
public sealed class PartitionProcess
{
    /// <summary>After so many ticks without a batch the stream is asked again for what follows.</summary>
    private const int SilentTicks = 10;

    private readonly PartitionSettings _settings;
    private readonly PartitionPorts _ports;
    private readonly ILogger _log;
    private readonly Guid _writer;
    private readonly SliceCutter[] _cutters;
    private readonly BatchCodec[] _codecs;
    private readonly Turn _deliveries = new();
    private readonly Turn _changes = new();
    private readonly Pulse _changed = new();
    private readonly PartitionActivityClock _activity;
    private readonly PartitionCounter _counter;
    private readonly PartitionIntake _intake;
    private PartitionKeeper? _keeper;
    private PartitionLog _state = null!;
    private DurabilityProbe _probe = null!;
    private BoundsJournal _journal = null!;
    private PipelineTime? _time;
    private string? _failure;
    private string? _lost;
    private string? _waiting;
    private string? _trouble;
    private long _epoch;
    private bool _isClosed;
    private long _failedIn;
    private bool _isStreaming;
    private bool _isReporting;
    private bool _isAdvancing;
    private int _silentTicks;
    private bool _isAsked;

    /// <param name="writer">Unique for this activation.</param>
    public PartitionProcess(PartitionSettings settings, PartitionPorts ports, Guid writer, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(ports);
        (_settings, _ports, _writer, _log) = (settings, ports, writer, log);
        _cutters = [.. settings.Plan.Views.Select(v => new SliceCutter(v, new SliceCodec(v)))];
        _codecs = [.. settings.Plan.Sinks.Select(s => new BatchCodec(s.Schema))];
        _activity = new PartitionActivityClock(ports.Clock, settings.Source.Definition.Watermark.IdleTimeout);
        _counter = new PartitionCounter(settings.Source, settings.Plan.Views.Length);
        _intake = new PartitionIntake(settings, ports, writer);
    }

    /// <summary>The offset of the next event that it will take.</summary>
    public long Received => _state.Received;

    /// <summary>Everything before this offset is in storage.</summary>
    public long Durable => _state.Durable;

    /// <summary>Loads and claims the record, or makes it for a partition that has never been read.</summary>
    /// <exception cref="StreamForgeException">It cannot begin; a retryable one may pass.</exception>
    public async ValueTask StartAsync(CancellationToken cancellation)
    {
        var record = await FencedRecord<PartitionRecord>.ClaimAsync(_ports.Records, _ports.Clock, PartitionRecord.NameOf(_settings.Id), _writer, cancellation);
        if (record.Stored is null)
        {
            // Where reading begins is fixed before anything is taken: the start_offset may name another place tomorrow.
            var start = await _ports.Stream.StartAsync(cancellation);
            await record.WriteAsync(PartitionRecord.New(start, _settings.Partitions), cancellation);
        }
        var stored = record.Stored!;
        _intake.CheckColumns(stored);
        var own = OwnWatermark(stored.Stage);
        _journal = new BoundsJournal(stored.Journal, stored.Durable, own, stored.Reached);
        _state = new PartitionLog(_settings.Plan.Views.Length, _settings.Plan.Sinks.Length, new PartitionBoundary(stored.Durable, stored.Stage, own, stored.Reached) { Images = stored.Images, Orphans = stored.Orphans });
        _probe = new DurabilityProbe(_settings, _ports.Cluster, _state);
        _intake.GoOn(_state.DurableBoundary, _journal);
        _keeper = new PartitionKeeper(_settings, _state, _journal, _intake, record);
        await TickAsync(cancellation);
    }

    /// <summary>Takes a batch that the stream brings; completes when it is applied, or is known not to be.</summary>
    /// <exception cref="FenceLostException">Another activation has taken over.</exception>
    public async ValueTask<BatchAnswer> OnBatchAsync(PollBatch batch, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(batch);
        using var turn = await _deliveries.TakeAsync(cancellation);
        using var busy = _activity.Work();
        while (true)
        {
            if (!MayTake) return BatchAnswer.Refused;
            if (_lost is { } lost)
            {
                await RewindAsync(lost, cancellation);
                return BatchAnswer.Refused;
            }
            var place = _state.Place(batch);
            if (place == BatchPlace.Seen) return BatchAnswer.Seen;
            if (place == BatchPlace.Gap)
            {
                // It is asked once; the stream may have others under way that do not follow either.
                if (!_isAsked) await AskAsync(cancellation);
                return BatchAnswer.Refused;
            }
            if (_isClosed || !HasRoom) await _changed.WaitAsync(cancellation);
            else if (!_keeper!.MayJudge(batch.Next)) await WriteAsync(batch.Next, cancellation);
            else break;
        }
        _isAsked = false;
        _silentTicks = 0;
        return await TakeAsync(batch, cancellation);
    }

    private bool IsChangelog => _settings.IsChangelog;

    private bool MayTake => _keeper is not null && _failure is null && _time is { Order: PipelineOrder.Run };

    private bool HasRoom => _state.Outstanding < _settings.MostOutstanding && _intake.HasRoom;

    private async ValueTask<BatchAnswer> TakeAsync(PollBatch batch, CancellationToken cancellation)
    {
        var epoch = _epoch;
        try
        {
            using var delivery = await ReceiveAsync(batch, epoch, cancellation);
            if (delivery is null) return BatchAnswer.Refused;
            for (var backoff = default(Backoff); ; backoff = backoff.Next)
            {
                var outcome = await delivery.AttemptAsync(_ports.Cluster, _ports.Placement, cancellation);
                if (epoch != _epoch) return BatchAnswer.Refused;
                if ((outcome.Lost ?? (outcome.IsDone ? null : _probe.Gone())) is { } lost)
                {
                    await RewindAsync(lost, cancellation);
                    return BatchAnswer.Refused;
                }
                _waiting = outcome.Failure?.Message;
                if (outcome.IsDone)
                {
                    _state.Apply(delivery.Batch);
                    _counter.Apply();
                    return BatchAnswer.Applied;
                }
                await backoff.WaitAsync(_ports.Clock, cancellation);
                if (epoch != _epoch) return BatchAnswer.Refused;
            }
        }
        catch (OperationCanceledException)
        {
            if (epoch == _epoch) _lost = "the delivery of a batch was given up";
            throw;
        }
        catch (Exception error) when (error is not FenceLostException)
        {
            if (epoch == _epoch) Fail(error);
            return BatchAnswer.Refused;
        }
    }

    /// <summary>Decodes a batch and judges its events, which makes it the one under way.</summary>
    /// <returns>null when the partition was rewound meanwhile.</returns>
    private async ValueTask<BatchDelivery?> ReceiveAsync(PollBatch batch, long epoch, CancellationToken cancellation)
    {
        using var read = _ports.Decoder.Decode(batch);
        if (await _intake.ProcessAsync(read, _state.AppliedBoundary, () => epoch == _epoch, reason => _waiting = reason, cancellation) is not { } result) return null;
        var boundary = new PartitionBoundary(batch.Next, _intake.State, _journal.Own, _journal.Reached)
        {
            Images = _intake.Images?.Totals ?? default,
            Orphans = _state.AppliedBoundary.Orphans + result.Orphans,
        };
        var taken = _state.Receive(boundary, result.Events, LedgerLines.Of(result), _intake.Images is { } images ? images.End : null);
        _counter.Count(batch, result);
        _keeper!.Judged(batch.Next);
        // A snapshot holds the partition's watermark, and with it the pipeline's.
        if (result.Events > 0) _activity.Saw(isTimed: _journal.Own != EventTime.MinValue || IsChangelog);
        return new BatchDelivery(_settings, _state, taken, result, _cutters, _codecs);
    }

    /// <summary>Finds out what is durable, writes the record, and talks to the pipeline. About once a second; one that finds an earlier one at work does what that one is not at.</summary>
    /// <exception cref="FenceLostException">Another activation has taken over.</exception>
    public async ValueTask TickAsync(CancellationToken cancellation)
    {
        if (_keeper is null) return;
        if (!_isReporting)
        {
            _isReporting = true;
            try
            {
                await ReportAsync(cancellation);
            }
            finally
            {
                _isReporting = false;
            }
        }
        if (_isAdvancing) return;
        _isAdvancing = true;
        try
        {
            await AdvanceAsync(cancellation);
        }
        finally
        {
            _isAdvancing = false;
        }
    }

    private async ValueTask ReportAsync(CancellationToken cancellation)
    {
        PipelineTime time;
        try
        {
            time = await _ports.Cluster.Control.ReportAsync(Report(), cancellation);
        }
        catch (StreamForgeException error) when (error.Retryable)
        {
            PartitionProcessLog.NotReported(_log, _settings.Id, error.Message);
            return;
        }
        _time = time;
        if (time.Order == PipelineOrder.Stop) _isStreaming = _activity.IsReading = false;
        else if (_failure is not null && time.Start > _failedIn) await RewindAsync("the pipeline was started again", cancellation);
        else if (!_isStreaming && _failure is null) await AskAsync(cancellation);
    }

    /// <summary>How it is now.</summary>
    public PartitionReport Report()
    {
        var (durable, applied) = (_state.DurableBoundary, _state.AppliedBoundary);
        // While a snapshot lasts nothing is late, and so nothing is final.
        var isHeld = IsChangelog && durable.Own == EventTime.MinValue && applied.Stage.Rows > 0;
        return new PartitionReport(
            _settings.Index, _state.Received, _state.Applied, _state.Durable, applied.Own, _activity.Current,
            isHeld ? EventTime.MinValue : _journal.JudgedAt(durable.Position, durable.Own, durable.Reached), _counter.NewestEvents, _counter.Counts, _failure is null ? _time?.Start ?? 0 : _failedIn, _waiting ?? _keeper?.Waiting ?? _trouble, _failure)
        {
            DurableWatermark = durable.Own,
            Orphans = applied.Orphans,
            Images = applied.Images,
        };
    }

    private async ValueTask AdvanceAsync(CancellationToken cancellation)
    {
        var epoch = _epoch;
        if ((_lost ?? await AskStatusesAsync(cancellation)) is { } lost)
        {
            if (epoch == _epoch) await RewindAsync(lost, cancellation);
            return;
        }
        // Many images go in several writes.
        do await WriteAsync(0, cancellation);
        while (_state.Settled > 0 && _failure is null && epoch == _epoch);
        _ports.Stream.Acknowledge(_state.Durable);
        // Where nothing comes for long, either nothing is there, or what was asked for has been lost, or another activation that is gone now was brought it.
        if (MayTake && !_activity.IsWorking && ++_silentTicks >= SilentTicks) await AskAsync(cancellation);
    }

    /// <summary>Asks silos and sinks with something outstanding how far they are.</summary>
    /// <returns>Why the partition must rewind; null when it need not.</returns>
    private async ValueTask<string?> AskStatusesAsync(CancellationToken cancellation)
    {
        var epoch = _epoch;
        var (lost, trouble) = await _probe.AskAsync(() => epoch == _epoch, cancellation);
        if (trouble is { Retryable: false }) Fail(trouble);
        _trouble = trouble?.Message;
        return lost;
    }

    /// <summary>Writes the record when there is something to write: batches that have become durable, new bounds, or leave to judge further.</summary>
    /// <param name="judge">The offset up to which events are about to be judged; 0 when none are.</param>
    /// <param name="cancellation">The process ends.</param>
    private async ValueTask WriteAsync(long judge, CancellationToken cancellation)
    {
        using var turn = await _changes.TakeAsync(cancellation);
        if (_failure is not null && judge > 0) return;
        if (_keeper!.Next(judge, _activity.Current == PartitionActivity.Idle, _time) is not { } change)
        {
            await CheckAsync(cancellation);
            return;
        }
        _isClosed = change.IsClosing;
        try
        {
            await _keeper.WriteAsync(change, cancellation);
        }
        catch (Exception error) when (error is not FenceLostException and not OperationCanceledException)
        {
            Fail(error);
        }
        finally
        {
            _isClosed = false;
            _changed.Beat();
        }
    }

    private async ValueTask CheckAsync(CancellationToken cancellation)
    {
        try
        {
            await _keeper!.CheckAsync(cancellation);
        }
        catch (StreamForgeException error) when (error.Retryable)
        {
            _trouble = error.Message;
        }
    }

    private async ValueTask RewindAsync(string reason, CancellationToken cancellation)
    {
        // Whatever is under way ends at once; the record is not written meanwhile.
        var epoch = ++_epoch;
        using (await _changes.TakeAsync(cancellation))
        {
            if (epoch != _epoch) return;
            // What began while this waited for the record ends too.
            _epoch++;
            _state.Rewind();
            var durable = _state.DurableBoundary;
            _journal.Restart(durable.Position, durable.Own, durable.Reached);
            _intake.GoOn(durable, _journal);
            _intake.Images?.Rewind();
            _failure = _waiting = _lost = null;
            _isAsked = true;
            _counter.Rewinds++;
            PartitionProcessLog.Rewound(_log, _settings.Id, durable.Position, reason);
            _changed.Beat();
        }
        await AskAsync(cancellation);
    }

    /// <summary>Asks the stream for what follows.</summary>
    private async ValueTask AskAsync(CancellationToken cancellation)
    {
        _isAsked = true;
        _silentTicks = 0;
        try
        {
            await _ports.Stream.RewindAsync(_state.Received, cancellation);
            _isStreaming = _activity.IsReading = true;
        }
        catch (StreamForgeException error) when (error.Retryable)
        {
            _waiting = error.Message;
            _isStreaming = false;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Fail(error);
        }
    }

    private void Fail(Exception error)
    {
        if (_failure is not null) return;
        _failure = error is StreamForgeException ? error.Message : $"a defect: {error.Message}";
        _failedIn = _time?.Start ?? 0;
        PartitionProcessLog.Failed(_log, _settings.Id, error);
        _changed.Beat();
    }

    private long OwnWatermark(StageState state) =>
        IsChangelog ? state.Own : state.NewestEvent == EventTime.MinValue ? EventTime.MinValue : EventTime.SaturatingSubtract(state.NewestEvent, _settings.Source.Definition.Watermark.OutOfOrderness);
}

/// <summary>The log messages of a partition.</summary>
internal static partial class PartitionProcessLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Partition} goes back to {Position}: {Reason}")]
    public static partial void Rewound(ILogger logger, PartitionId partition, long position, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Partition} could not report: {Reason}")]
    public static partial void NotReported(ILogger logger, PartitionId partition, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Partition} stops")]
    public static partial void Failed(ILogger logger, PartitionId partition, Exception error);
}
