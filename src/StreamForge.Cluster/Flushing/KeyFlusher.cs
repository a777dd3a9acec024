using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using StreamForge.Cluster.Features;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Waiting;

namespace StreamForge.Cluster.Flushing;

/// <summary>
/// Writes what a flush has taken: snapshots of some thousand keys a transaction, one or two transactions at a time.
/// <para>
/// A write whose outcome is unknown is settled by reading: a key that stands at the version which the write expected was not written, one that stands one further and names this activation was, and any other belongs to somebody
/// else. The answer may be out of date a moment later, when a transaction whose connection was lost is committed after all; therefore what is repeated is the very same write. Only one of the two can take effect, it does not
/// matter which, and when the repetition is refused the storage is read once more before that is taken for a fence.
/// </para>
/// One loop.
/// </summary>
internal sealed class KeyFlusher(IKeyStorage storage, FlushCounter counter, BatcherOptions options, TimeProvider clock, ILogger log)
{
    private readonly Wakeup _wakeup = new(clock);
    private long _written;
    private long _losses;
    private long _ticks;
    private volatile string? _fault;

    private enum Outcome
    {
        Open,
        Written,
        Fenced,
    }

    private readonly record struct Write(FeatureCell Cell, KeyWrite Content);

    public long WrittenKeys => Volatile.Read(ref _written);

    public long Losses => Volatile.Read(ref _losses);

    public TimeSpan Time => TimeSpan.FromTicks(Volatile.Read(ref _ticks));

    /// <summary>Why the last attempt to write failed, in one sentence; null when it did not.</summary>
    public string? Fault => _fault;

    /// <summary>The next flush begins as soon as the present one has ended.</summary>
    public void Hurry() => _wakeup.Set();

    /// <summary>Flushes until cancelled; a flush that is under way then is given up.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                await _wakeup.WaitAsync(options.FlushInterval, cancellation);
                if (counter.Begin() is { } taken) await FlushAsync(taken.Flush, taken.Cells, cancellation);
            }
        }
        finally
        {
            counter.End();
        }
    }

    private async Task FlushAsync(long flush, List<FeatureCell> cells, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        var losses = Losses;
        var next = new StrongBox<int>(0);
        var lanes = new Task[options.WritesAtOnce];
        for (var i = 0; i < lanes.Length; i++) lanes[i] = WriteChunksAsync(flush, cells, next, cancellation);
        await Task.WhenAll(lanes);
        Interlocked.Add(ref _ticks, clock.GetElapsedTime(started).Ticks);
        counter.Complete(flush, Losses > losses);
    }

    private async Task WriteChunksAsync(long flush, List<FeatureCell> cells, StrongBox<int> next, CancellationToken cancellation)
    {
        while (Chunk(cells, next) is { Count: > 0 } chunk) await SettleAsync(flush, chunk, cancellation);
    }

    /// <summary>Snapshots of the next cells; they are taken only now, so that no more than a few transactions' worth of them is in memory.</summary>
    private List<Write> Chunk(List<FeatureCell> cells, StrongBox<int> next)
    {
        var chunk = new List<Write>();
        var bytes = 0L;
        lock (next)
        {
            while (next.Value < cells.Count && chunk.Count < options.ChunkKeys && bytes < options.ChunkBytes)
            {
                var cell = cells[next.Value++];
                if (cell.Snapshot(out var isLost) is not { } write)
                {
                    if (isLost) Lose(cell);
                    continue;
                }
                chunk.Add(new Write(cell, write));
                bytes += write.Content.Length;
            }
        }
        return chunk;
    }

    /// <summary>Writes until it is known of each key whether it is written or lost.</summary>
    private async Task SettleAsync(long flush, List<Write> writes, CancellationToken cancellation)
    {
        var isUnknown = false;
        for (var pause = options.FirstPause; ; pause = pause * 2 < options.LongestPause ? pause * 2 : options.LongestPause)
        {
            try
            {
                if (isUnknown) writes = await LookAsync(flush, writes, cancellation);
                if (writes.Count > 0)
                {
                    var done = await storage.WriteAsync([.. writes.Select(w => w.Content)], cancellation);
                    var refused = new List<Write>();
                    for (var i = 0; i < writes.Count; i++)
                    {
                        if (done[i]) Note(flush, writes[i], Outcome.Written);
                        else if (isUnknown) refused.Add(writes[i]);
                        else Note(flush, writes[i], Outcome.Fenced);
                    }
                    writes = refused;
                    if (writes.Count > 0) writes = await LookAsync(flush, writes, cancellation);
                }
                if (writes.Count > 0) continue;
                _fault = null;
                return;
            }
            catch (Exception error) when (!cancellation.IsCancellationRequested)
            {
                isUnknown = true;
                _fault = error.Message;
                FlushLog.Failed(log, error, flush, writes.Count);
            }
            await Wakeup.PauseAsync(pause, clock, cancellation);
        }
    }

    /// <summary>Settles by reading; gives the writes that have not happened.</summary>
    private async Task<List<Write>> LookAsync(long flush, List<Write> writes, CancellationToken cancellation)
    {
        var stored = await storage.LoadAsync([.. writes.Select(w => w.Content.Id)], cancellation);
        var open = new List<Write>();
        for (var i = 0; i < writes.Count; i++)
        {
            var outcome = Judge(stored[i], writes[i].Content);
            if (outcome == Outcome.Open) open.Add(writes[i]);
            else Note(flush, writes[i], outcome);
        }
        return open;
    }

    private static Outcome Judge(StoredKey? stored, KeyWrite write)
    {
        if ((stored?.Version ?? 0) == write.Expected) return Outcome.Open;
        return stored is not null && stored.Version == write.Expected + 1 && stored.Writer == write.Writer ? Outcome.Written : Outcome.Fenced;
    }

    private void Note(long flush, in Write write, Outcome outcome)
    {
        if (outcome == Outcome.Written)
        {
            Interlocked.Increment(ref _written);
            write.Cell.Written(flush);
            return;
        }
        Lose(write.Cell);
    }

    private void Lose(FeatureCell cell)
    {
        Interlocked.Increment(ref _losses);
        cell.Fence();
        FlushLog.Lost(log, cell.Id.View, Convert.ToHexStringLower(cell.Id.Key));
    }
}

/// <summary>The batcher's log messages.</summary>
internal static partial class FlushLog
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "Flush {Flush}: writing {Keys} keys failed; it is looked at what was written, and tried again")]
    public static partial void Failed(ILogger logger, Exception error, long flush, int keys);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Key {Key} of view {View} is lost here: another activation has written it; its partitions read again from what is durable")]
    public static partial void Lost(ILogger logger, int view, string key);
}
