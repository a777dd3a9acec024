using System.Buffers;
using StreamForge.Core;

namespace StreamForge.Cluster.Partitions;

/// <summary>
/// What a partition has sent each key of one view and does not know to be durable: one past the last event. A key stays until the last batch that it was sent in is durable.
/// <para>
/// An open table with linear probing; the keys' bytes stand in memory that belongs to the batch that brought them last, and is given back with it. So a key costs no allocation of its own. One thread.
/// </para>
/// </summary>
internal sealed class SentKeys
{
    private const int ChunkBytes = 16 * 1024;
    private const int LeastSlots = 64;

    private readonly Queue<BatchKeys> _batches = new();
    private Entry[] _slots = new Entry[LeastSlots];
    private BatchKeys? _batch;

    private struct Entry
    {
        public byte[]? Bytes;
        public int Offset;
        public int Length;
        public ulong Hash;
        public long Next;
        public long Before;
        public long Batch;

        public readonly ReadOnlySpan<byte> Key => Bytes.AsSpan(Offset, Length);
    }

    /// <summary>The keys of one batch.</summary>
    private sealed class BatchKeys(long number)
    {
        private readonly List<byte[]> _chunks = [];
        private int _used = int.MaxValue;

        public long Number => number;

        public List<(byte[] Bytes, int Offset, int Length, ulong Hash)> Keys { get; } = [];

        public (byte[] Bytes, int Offset) Add(ReadOnlySpan<byte> key, ulong hash)
        {
            if (_chunks.Count == 0 || _used + key.Length > _chunks[^1].Length)
            {
                _chunks.Add(ArrayPool<byte>.Shared.Rent(Math.Max(ChunkBytes, key.Length)));
                _used = 0;
            }
            var (chunk, offset) = (_chunks[^1], _used);
            key.CopyTo(chunk.AsSpan(offset));
            _used += key.Length;
            Keys.Add((chunk, offset, key.Length, hash));
            return (chunk, offset);
        }

        public void Return()
        {
            foreach (var chunk in _chunks) ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    /// <summary>Keys that are remembered.</summary>
    public int Count { get; private set; }

    /// <summary>What is sent from now on belongs to batch <paramref name="number"/>, which is greater than the one before.</summary>
    public void Begin(long number)
    {
        _batch = new BatchKeys(number);
        _batches.Enqueue(_batch);
    }

    /// <summary>Notes that the batch sends a key events up to <paramref name="next"/>. Said again for the same batch, it gives the same answer.</summary>
    /// <param name="hash">The key's (<see cref="KeyGroup.Hash"/>).</param>
    /// <param name="next">One past the last event.</param>
    /// <returns>One past the last event of earlier batches that are not durable; 0 when there is none.</returns>
    public long Send(ReadOnlySpan<byte> key, ulong hash, long next)
    {
        var batch = _batch ?? throw new InvalidOperationException("No batch has begun.");
        var slot = Find(key, hash);
        ref var entry = ref _slots[slot];
        if (entry.Bytes is not null && entry.Batch == batch.Number) return entry.Before;
        var isNew = entry.Bytes is null;
        var before = isNew ? 0 : entry.Next;
        var (bytes, offset) = batch.Add(key, hash);
        entry = new Entry { Bytes = bytes, Offset = offset, Length = key.Length, Hash = hash, Next = next, Before = before, Batch = batch.Number };
        if (isNew && ++Count * 2 > _slots.Length) Resize(_slots.Length * 2);
        return before;
    }

    /// <summary>Batches up to <paramref name="number"/> are durable.</summary>
    public void Forget(long number)
    {
        while (_batches.TryPeek(out var batch) && batch.Number <= number)
        {
            _batches.Dequeue();
            foreach (var (bytes, offset, length, hash) in batch.Keys)
            {
                var slot = Find(bytes.AsSpan(offset, length), hash);
                if (_slots[slot].Bytes is not null && _slots[slot].Batch == batch.Number) Remove(slot);
            }
            batch.Return();
            if (ReferenceEquals(batch, _batch)) _batch = null;
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        while (_batches.TryDequeue(out var batch)) batch.Return();
        _batch = null;
        _slots = new Entry[LeastSlots];
        Count = 0;
    }

    private int Home(ulong hash) => (int)((hash * 0x9E3779B97F4A7C15) >> 32) & (_slots.Length - 1);

    private int Find(ReadOnlySpan<byte> key, ulong hash)
    {
        var slot = Home(hash);
        while (_slots[slot].Bytes is not null && !(_slots[slot].Hash == hash && _slots[slot].Key.SequenceEqual(key))) slot = (slot + 1) & (_slots.Length - 1);
        return slot;
    }

    /// <summary>Empties a slot and moves those up that had to go past it (D. E. Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithm R).</summary>
    private void Remove(int slot)
    {
        Count--;
        var mask = _slots.Length - 1;
        for (var next = slot; ;)
        {
            next = (next + 1) & mask;
            if (_slots[next].Bytes is null) break;
            var home = Home(_slots[next].Hash);
            if (((next - home) & mask) < ((next - slot) & mask)) continue;
            _slots[slot] = _slots[next];
            slot = next;
        }
        _slots[slot] = default;
    }

    private void Resize(int slots)
    {
        var old = _slots;
        _slots = new Entry[slots];
        foreach (var entry in old)
        {
            if (entry.Bytes is not null) _slots[Find(entry.Key, entry.Hash)] = entry;
        }
    }
}
