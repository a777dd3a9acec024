using StreamForge.Cluster.Flushing;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Slices;
using StreamForge.Core;

namespace StreamForge.Tests.Cluster.Support;

/// <summary>What a key has: for each event that it was given the watermark that the event was judged by. A model of a cell, simple enough to be believed.</summary>
internal sealed record ModelKey(long Version, Dictionary<int, long> Held, Dictionary<(int Partition, long Position), long> Judged)
{
    public static ModelKey Empty => new(0, [], []);

    public ModelKey Copy(long version) => new(version, new Dictionary<int, long>(Held), new Dictionary<(int, long), long>(Judged));
}

/// <summary>A silo with its keys in memory. It may crash, and lose what it has not flushed.</summary>
internal sealed class ModelSilo(ModelCluster cluster, SiloId id) : ISliceReceiver
{
    private readonly Dictionary<KeyId, ModelKey> _cells = [];
    private HashSet<KeyId> _marked = [];
    private long _open = 1;
    private long _completed;
    private long _lastLoss;
    private bool _isFlushing;

    public SiloId Id => id;

    public bool IsDead { get; set; }

    private void CheckAlive()
    {
        if (IsDead) throw new StreamForgeException(ErrorKind.Unavailable, $"{id} does not answer", retryable: true);
    }

    public async ValueTask<SliceAnswer> ApplyAsync(SliceBatch batch, CancellationToken cancellation)
    {
        var fault = await cluster.CallAsync();
        CheckAlive();
        if (fault == CallFault.Before) throw MemoryRecords.Failure();
        var slices = cluster.Codecs[batch.View].Decode(batch);
        var answers = new Dictionary<SiloId, long>();
        var isBehind = false;
        for (var i = 0; i < slices.Count; i++)
        {
            var slice = slices[i];
            var answer = cluster.Activate(slice.Id, this).Apply(slice);
            answers[answer.Silo] = Math.Max(answer.Flush, answers.GetValueOrDefault(answer.Silo));
            isBehind |= answer.IsBehind;
        }
        await cluster.Yield();
        CheckAlive();
        return fault == CallFault.After ? throw MemoryRecords.Failure() : new SliceAnswer([.. answers.Select(a => (a.Key, a.Value))], isBehind);
    }

    private KeyAnswer Apply(KeySlice slice)
    {
        if (!_cells.TryGetValue(slice.Id, out var cell)) _cells[slice.Id] = cell = cluster.Stored(slice.Id).Copy(cluster.Stored(slice.Id).Version);
        var held = cell.Held.GetValueOrDefault(slice.Partition);
        if (slice.Previous > held) return new KeyAnswer(id, 0, IsBehind: true);
        for (var row = slice.From; row < slice.From + slice.Count; row++)
        {
            if (slice.Positions[row] < held) continue;
            cell.Judged.Add((slice.Partition, slice.Positions[row]), slice.Rows.Watermarks[row]);
            cell.Held[slice.Partition] = slice.Positions[row] + 1;
            _marked.Add(slice.Id);
        }
        // A key that a flush is writing is not durable before that flush has ended.
        return new KeyAnswer(id, _marked.Contains(slice.Id) ? _open : _isFlushing ? _open - 1 : 0, IsBehind: false);
    }

    public async ValueTask<FlushStatus> StatusAsync(CancellationToken cancellation)
    {
        var fault = await cluster.CallAsync();
        CheckAlive();
        return fault != CallFault.None ? throw MemoryRecords.Failure() : new FlushStatus(id, _completed, _lastLoss);
    }

    /// <summary>Writes what has changed.</summary>
    public async Task FlushAsync()
    {
        if (_isFlushing || IsDead || _marked.Count == 0) return;
        _isFlushing = true;
        var flush = _open++;
        var cells = _marked.Select(k => (Key: k, State: _cells[k].Copy(_cells[k].Version))).ToArray();
        _marked = [];
        await cluster.Yield();
        var isLost = false;
        foreach (var (key, state) in cells)
        {
            if (IsDead) return;
            if (cluster.TryStore(key, state)) _cells[key] = _cells[key] with { Version = state.Version + 1 };
            else
            {
                isLost = true;
                _cells.Remove(key);
                _marked.Remove(key);
                cluster.Forget(key, this);
            }
        }
        await cluster.Yield();
        _completed = flush;
        _isFlushing = false;
        if (!isLost) return;
        _lastLoss = _open++;
        if (_marked.Count == 0) _completed = _lastLoss;
    }

    public ValueTask<byte[]?[]> ReadAsync(IReadOnlyList<KeyId> keys, CancellationToken cancellation) => throw new NotSupportedException();
}
