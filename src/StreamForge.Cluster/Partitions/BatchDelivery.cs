using StreamForge.Cluster.KeyGroups;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Core;
using StreamForge.Pipeline.Slices;

namespace StreamForge.Cluster.Partitions;

/// <summary>
/// Brings one batch to the silos and sinks that it concerns. Each attempt calls those that have not answered, all at once, in the silos that own the keys at that moment; where the silos have changed, slices are cut
/// anew and sent to all, which changes nothing where they have been applied. Owns the stage's result until disposed. One attempt at a time.
/// </summary>
internal sealed class BatchDelivery : IDisposable
{
    private readonly PartitionSettings _settings;
    private readonly PartitionLog _log;
    private readonly OutstandingBatch _batch;
    private readonly StageResult _result;
    private readonly SliceCutter[] _cutters;
    private readonly List<(SiloId Silo, SliceBatch Slices)> _slices = [];
    private readonly List<(int Sink, SinkRows Rows)> _rows = [];
    private PlacementTable? _cut;

    public BatchDelivery(PartitionSettings settings, PartitionLog log, OutstandingBatch batch, StageResult result, SliceCutter[] cutters, BatchCodec[] codecs)
    {
        (_settings, _log, _batch, _result, _cutters) = (settings, log, batch, result, cutters);
        foreach (var (sink, rows) in result.SinkBatches)
        {
            var before = log.SendRows(batch, sink, rows.Headers.Positions[^1] + 1);
            _rows.Add((sink, new SinkRows(settings.Index, before, codecs[sink].Encode(rows), batch.Boundary.Position)));
        }
    }

    public OutstandingBatch Batch => _batch;

    /// <summary>What an attempt came to.</summary>
    /// <param name="IsDone">All have answered.</param>
    /// <param name="Lost">Why the partition must rewind.</param>
    /// <param name="Failure">The error of a call that may succeed when it is made again.</param>
    public readonly record struct Outcome(bool IsDone, string? Lost, StreamForgeException? Failure);

    /// <summary>Calls those that have not answered.</summary>
    /// <exception cref="StreamForgeException">A call failed in a way that repeating it will not change.</exception>
    public async ValueTask<Outcome> AttemptAsync(ICluster cluster, KeyPlacement placement, CancellationToken cancellation)
    {
        try
        {
            Cut(placement.Of(cluster.Silos));
        }
        catch (StreamForgeException error) when (error.Retryable)
        {
            return new Outcome(false, null, error);
        }
        var slices = _slices.Select(s => (s, Answer: Try(() => cluster.Receiver(s.Silo).ApplyAsync(s.Slices, cancellation)))).ToArray();
        var rows = _rows.Select(r => (r, Answer: Try(() => cluster.Sink(r.Sink).WriteAsync(r.Rows, cancellation)))).ToArray();
        string? lost = null;
        StreamForgeException? failure = null;
        foreach (var (sent, waiting) in slices)
        {
            var (answer, error) = await waiting;
            failure = Worse(failure, error);
            if (answer is null) continue;
            PartitionLog.NoteAnswer(_batch, answer);
            if (answer.IsBehind) lost ??= $"a key of {_cutters[sent.Slices.View].View} in {sent.Silo} lacks events that it was sent before";
            else _slices.Remove(sent);
        }
        foreach (var (sent, waiting) in rows)
        {
            var (answer, error) = await waiting;
            failure = Worse(failure, error);
            if (error is not null) continue;
            if (answer.IsBehind) lost ??= $"the sink {_settings.Plan.Sinks[sent.Sink].Name} lacks rows that it was sent before";
            else
            {
                lost ??= _log.NoteRows(_batch, sent.Sink, answer.Incarnation);
                _rows.Remove(sent);
            }
        }
        if (failure is { Retryable: false }) throw failure;
        return new Outcome(_slices.Count == 0 && _rows.Count == 0, lost, failure);
    }

    private void Cut(PlacementTable table)
    {
        if (ReferenceEquals(table, _cut) || (_cut is not null && _slices.Count == 0)) return;
        _cut = table;
        _slices.Clear();
        foreach (var slice in _result.Slices)
            _slices.AddRange(_cutters[slice.View].Cut(slice, _settings.Index, table, (key, hash, next) => _log.SendKey(slice.View, key, hash, next)));
    }

    /// <summary>A call as one that ends with an answer or an error; all begin before any is waited for.</summary>
    private static async Task<(T? Answer, StreamForgeException? Error)> Try<T>(Func<ValueTask<T>> call)
    {
        try
        {
            return (await call(), null);
        }
        catch (StreamForgeException error)
        {
            return (default, error);
        }
    }

    private static StreamForgeException? Worse(StreamForgeException? a, StreamForgeException? b) => a is { Retryable: false } ? a : b ?? a;

    public void Dispose()
    {
        foreach (var slice in _result.Slices) slice.Release();
        foreach (var (_, batch) in _result.SinkBatches) batch.Release();
    }
}
