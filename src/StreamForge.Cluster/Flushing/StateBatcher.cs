using Microsoft.Extensions.Logging;
using StreamForge.Cluster.Features;
using StreamForge.Cluster.KeyGroups;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Cluster.Flushing;

/// <summary>
/// All keys of one pipeline that are active in one silo: loads them, keeps them, writes them. A key's activation begins with <see cref="LoadAsync"/> and ends with <see cref="ReleaseAsync"/>. Any thread; the work of
/// loading and writing is done by <see cref="RunAsync"/>, on whatever scheduler that was started.
/// </summary>
public sealed class StateBatcher
{
    private readonly FlushCounter _counter;
    private readonly KeyLoader _loader;
    private readonly KeyFlusher _flusher;

    /// <param name="ids">Makes a new identity for each activation of a key.</param>
    public StateBatcher(SiloId silo, PipelinePlan plan, IKeyStorage storage, BatcherOptions options, Func<Guid> ids, TimeProvider clock, ILogger log)
    {
        ArgumentNullException.ThrowIfNull(plan);
        _counter = new FlushCounter(silo);
        Cells = new ActiveCells(plan, silo, _counter, Due);
        _loader = new KeyLoader(Cells, storage, options, ids, clock);
        _flusher = new KeyFlusher(storage, _counter, options, clock, log);
    }

    public ActiveCells Cells { get; }

    /// <summary>Which of them have windows due when.</summary>
    public DueKeys Due { get; } = new();

    /// <summary>How far the flushes are.</summary>
    public FlushStatus Status => _counter.Status;

    /// <summary>Keys that wait for the next flush.</summary>
    public int DirtyKeys => _counter.Marked;

    /// <summary>Keys loaded since the start, whether they were stored or not.</summary>
    public long LoadedKeys => _loader.Loaded;

    /// <summary>Keys written since the start.</summary>
    public long WrittenKeys => _flusher.WrittenKeys;

    /// <summary>Keys lost to another activation since the start.</summary>
    public long LostKeys => _flusher.Losses;

    /// <summary>Time spent flushing since the start.</summary>
    public TimeSpan FlushTime => _flusher.Time;

    /// <summary>Why writing fails at present, in one sentence; null when it does not.</summary>
    public string? Fault => _flusher.Fault;

    /// <summary>Loads and flushes until cancelled. Once. Who wants everything to be written calls <see cref="FlushAsync"/> before.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            await Task.WhenAll(_loader.RunAsync(cancellation), _flusher.RunAsync(cancellation));
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Told to end.
        }
    }

    /// <summary>The cell of a key that is activated here, with what is durable of it.</summary>
    /// <exception cref="StreamForgeException">Storage failed (retryable), or what is stored is Corrupt.</exception>
    public Task<FeatureCell> LoadAsync(KeyId id, CancellationToken cancellation) => _loader.LoadAsync(id, cancellation);

    /// <summary>Ends a key's activation: no more calls are taken, and when this returns what it held is in storage (or lost to its fence).</summary>
    public async Task ReleaseAsync(FeatureCell cell, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(cell);
        cell.Retire();
        Cells.Remove(cell);
        if (cell.Flush is not (> 0 and var flush)) return;
        _flusher.Hurry();
        await _counter.WaitAsync(flush, cancellation);
    }

    /// <summary>Flushes now; when this returns, everything that keys had taken when it was called is settled.</summary>
    /// <returns>How far the flushes are then.</returns>
    public async Task<FlushStatus> FlushAsync(CancellationToken cancellation)
    {
        var newest = _counter.Newest;
        _flusher.Hurry();
        await _counter.WaitAsync(newest, cancellation);
        return Status;
    }
}
