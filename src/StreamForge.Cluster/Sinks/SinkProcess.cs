using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Logging;
using StreamForge.Cluster.Pipelines;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Records;
using StreamForge.Cluster.Slices;
using StreamForge.Cluster.Waiting;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Cluster.Sinks;

/// <summary>One sink of a pipeline.</summary>
/// <param name="Sink">Its index in the plan.</param>
/// <param name="Partitions">The pipeline's partitions by index.</param>
public sealed record SinkSettings(PipelinePlan Plan, int Sink, ImmutableArray<PartitionId> Partitions)
{
    /// <summary>How long rows wait at most before they are made durable.</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Entries of the outbox that a flush takes at most.</summary>
    public int MostEntries { get; init; } = 4096;
}

/// <summary>What a sink works with.</summary>
/// <param name="Control">The pipeline's own part, which says whether it runs.</param>
/// <param name="Records">Where its record and outbox are.</param>
/// <param name="Open">Makes the sink, in a state in which nothing but <see cref="ISink.RecoverAsync"/> has been called; called again when it has failed.</param>
/// <param name="Clock">For flushing and waiting.</param>
/// <param name="NewId">Ids that nobody else has.</param>
public sealed record SinkPorts(IPipelineControl Control, IRecordStorage Records, Func<ISink> Open, TimeProvider Clock, Func<Guid> NewId);

/// <summary>
/// Writes one sink, exactly once (see docs/cluster.md).
/// <para>
/// A flush prepares a commit of all that was written, and of what waits in the outbox for this sink; writes the record, which names the commit, the positions that it contains and takes the outbox entries away; and then
/// makes the commit visible, as often as needed. The record is the commit point. The next flush begins only after that. When the sink itself fails, what it held is lost: it is opened anew as another incarnation, with
/// what the record names, and partitions that had sent more send it again.
/// </para>
/// <para>
/// Whoever owns it calls <see cref="StartAsync"/> once, then <see cref="ISinkWriter.WriteAsync"/>, <see cref="StatusAsync"/> and <see cref="TickAsync"/> (about once a second) in any interleaving, on one thread or a scheduler that
/// runs one continuation at a time, and disposes it. A <see cref="FenceLostException"/> means that another activation has taken over. Errors of the sink come out of the call that met them; the sink is opened anew by the next.
/// </para>
/// </summary>
public sealed class SinkProcess : ISinkWriter, IAsyncDisposable
{
    private readonly SinkSettings _settings;
    private readonly SinkPorts _ports;
    private readonly ILogger _logger;
    private readonly BatchCodec _codec;
    private readonly SinkLog _log = new();
    private readonly Turn _turn = new();
    private FencedRecord<SinkRecord>? _record;
    private ISink? _sink;
    private Guid _incarnation;
    private string? _uncommitted;
    private long _flushed;
    private bool _isFlushing;
    private bool _isReopened;

    public SinkProcess(SinkSettings settings, SinkPorts ports, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(ports);
        (_settings, _ports, _logger) = (settings, ports, logger);
        _codec = new BatchCodec(Plan.Schema);
        _incarnation = ports.NewId();
        _flushed = ports.Clock.GetTimestamp();
    }

    /// <summary>Rows written since it was activated.</summary>
    public long Rows { get; private set; }

    private SinkPlan Plan => _settings.Plan.Sinks[_settings.Sink];

    /// <summary>Claims the record, then repeats the commit that it names and discards what it does not.</summary>
    /// <exception cref="StreamForgeException">It cannot begin; a retryable one may pass.</exception>
    public async ValueTask StartAsync(CancellationToken cancellation)
    {
        using var turn = await _turn.TakeAsync(cancellation);
        var record = await FencedRecord<SinkRecord>.ClaimAsync(_ports.Records, _ports.Clock, SinkRecord.NameOf(Plan.Name), _ports.NewId(), cancellation);
        var isFresh = record.Stored is null;
        if (isFresh) await record.WriteAsync(SinkRecord.New, cancellation);
        _record = record;
        await OpenAsync(cancellation);
    }

    /// <summary>Opens the sink as the record names it; whoever calls has the turn.</summary>
    private async ValueTask OpenAsync(CancellationToken cancellation)
    {
        if (_record?.Stored is not { } stored) throw NotStarted();
        if (_sink is not null) return;
        _log.Begin(stored.Positions);
        // What no record names is discarded next, which only the owner may do.
        if (_isReopened) await RecordAsync(stored, [], cancellation);
        _isReopened = true;
        var sink = _ports.Open();
        try
        {
            await sink.RecoverAsync(stored.Pending, fresh: stored.Checkpoint == 0, cancellation);
            if (stored.Pending is not null) await sink.CommitAsync(stored.Pending, cancellation);
        }
        catch
        {
            await sink.DisposeAsync();
            throw;
        }
        _uncommitted = null;
        _sink = sink;
    }

    /// <summary>Writes the record; without its outcome the process is of no use any more.</summary>
    private async ValueTask RecordAsync(SinkRecord content, IReadOnlyList<long> consumed, CancellationToken cancellation)
    {
        var record = _record ?? throw NotStarted();
        _record = null;
        try
        {
            await record.WriteAsync(content, [], consumed, null, cancellation);
            _record = record;
        }
        catch (StreamForgeException error) when (error is not FenceLostException)
        {
            // Refused as a whole, so that the record is what it was.
            _record = record;
            throw;
        }
    }

    private StreamForgeException NotStarted() => new(ErrorKind.Unavailable, $"the writer of sink {Plan.Name} has not started, or has ended", retryable: true);

    /// <summary>After a failure nobody knows what the sink holds.</summary>
    private async ValueTask CloseAsync()
    {
        if (_sink is not { } sink) return;
        _sink = null;
        _incarnation = _ports.NewId();
        if (_record?.Stored is { } record) _log.Begin(record.Positions);
        try
        {
            await sink.DisposeAsync();
        }
        catch (StreamForgeException error)
        {
            SinkProcessLog.NotClosed(_logger, Plan.Name, error.Message);
        }
    }

    public async ValueTask<SinkAnswer> WriteAsync(SinkRows rows, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(rows);
        using var turn = await _turn.TakeAsync(cancellation);
        await OpenAsync(cancellation);
        if (_log.IsBehind(rows)) return new SinkAnswer(IsBehind: true, _incarnation);
        var held = _log.HeldOf(rows.Partition);
        if (rows.Next > held)
        {
            var batch = _codec.Decode(rows.Payload.Span, held);
            try
            {
                if (batch.Count > 0) await WriteAsync(batch, cancellation);
            }
            finally
            {
                batch.Release();
            }
            _log.Hold(rows);
        }
        return new SinkAnswer(IsBehind: false, _incarnation);
    }

    private async ValueTask WriteAsync(ColumnBatch batch, CancellationToken cancellation)
    {
        try
        {
            await _sink!.WriteAsync(batch, cancellation);
            Rows += batch.Count;
        }
        catch
        {
            await CloseAsync();
            throw;
        }
    }

    public ValueTask<SinkStatus> StatusAsync(CancellationToken cancellation)
    {
        if (_record is null && !_isFlushing) throw NotStarted();
        return new ValueTask<SinkStatus>(new SinkStatus(_incarnation, _log.Durable.ToImmutableDictionary()));
    }

    /// <summary>Flushes when it is time, or when the pipeline stops; about once a second.</summary>
    public async ValueTask TickAsync(CancellationToken cancellation)
    {
        if (_record is null || _isFlushing) return;
        var isStopping = false;
        try
        {
            isStopping = (await _ports.Control.TimeAsync(cancellation)).Order == PipelineOrder.Stop;
        }
        catch (StreamForgeException error) when (error.Retryable)
        {
            SinkProcessLog.NotAsked(_logger, Plan.Name, error.Message);
        }
        if (_isFlushing || !(isStopping || _ports.Clock.GetElapsedTime(_flushed) >= _settings.FlushInterval)) return;
        await FlushAsync(isStopping, cancellation);
    }

    /// <summary>Makes durable and visible what has been written and what waits in the outbox.</summary>
    /// <param name="isFinal">The pipeline stops: a sink that commits less often than it is flushed commits all that it has.</param>
    /// <param name="cancellation">The process ends.</param>
    public async ValueTask FlushAsync(bool isFinal, CancellationToken cancellation)
    {
        _isFlushing = true;
        try
        {
            using var turn = await _turn.TakeAsync(cancellation);
            await OpenAsync(cancellation);
            await CommitAsync(cancellation);
            await PrepareAsync(isFinal, cancellation);
            await CommitAsync(cancellation);
        }
        finally
        {
            _isFlushing = false;
        }
    }

    /// <summary>Makes visible what the record names.</summary>
    private async ValueTask CommitAsync(CancellationToken cancellation)
    {
        if (_uncommitted is not { } pending) return;
        await _sink!.CommitAsync(pending, cancellation);
        _uncommitted = null;
    }

    private async ValueTask PrepareAsync(bool isFinal, CancellationToken cancellation)
    {
        try
        {
            var record = _record!.Stored!;
            var (ids, rows) = await TakeOutboxAsync(cancellation);
            if (_log.HasRows || _sink!.IsCommitDue || (isFinal && _sink.HasUncommitted))
            {
                var positions = _log.Held;
                var texts = positions.ToImmutableSortedDictionary(p => _settings.Partitions[p.Key].ToString(), p => p.Value.ToString(CultureInfo.InvariantCulture), StringComparer.Ordinal);
                var pending = await _sink!.PrepareAsync(new PrepareRequest(record.Checkpoint + 1, isFinal, texts), cancellation);
                await RecordAsync(new SinkRecord(record.Checkpoint + 1, pending, positions, record.ClosedRows + rows), ids, cancellation);
                _uncommitted = pending;
                _log.Settle(positions);
            }
            // Where there is more, it is taken soon.
            if (ids.Count < _settings.MostEntries) _flushed = _ports.Clock.GetTimestamp();
        }
        catch
        {
            await CloseAsync();
            throw;
        }
    }

    /// <summary>Writes the closed windows that wait for this sink.</summary>
    private async ValueTask<(IReadOnlyList<long> Ids, long Rows)> TakeOutboxAsync(CancellationToken cancellation)
    {
        if (Plan.View < 0) return ([], 0);
        var entries = await _ports.Records.OutboxAsync(Plan.Name, _settings.MostEntries, cancellation);
        var rows = 0L;
        foreach (var batch in ClosedRows.Join(entries.Select(e => _codec.Decode(e.Payload)), _record!.Stored!.ClosedRows))
        {
            try
            {
                await _sink!.WriteAsync(batch, cancellation);
                rows += batch.Count;
            }
            finally
            {
                batch.Release();
            }
        }
        Rows += rows;
        if (entries.Count > 0) _log.HoldClosed();
        return ([.. entries.Select(e => e.Id)], rows);
    }

    public async ValueTask DisposeAsync()
    {
        if (_sink is { } sink) await sink.DisposeAsync();
        _sink = null;
        _record = null;
    }
}

/// <summary>The log messages of a sink.</summary>
internal static partial class SinkProcessLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "The sink {Sink} could not be closed after a failure: {Reason}")]
    public static partial void NotClosed(ILogger logger, string sink, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sink {Sink} could not ask how the pipeline is: {Reason}")]
    public static partial void NotAsked(ILogger logger, string sink, string reason);
}
