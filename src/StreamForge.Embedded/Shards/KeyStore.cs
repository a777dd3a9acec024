using System.Buffers;
using StreamForge.Core;
using StreamForge.Features.KeyState;

namespace StreamForge.Embedded.Shards;

/// <summary>
/// The keys of one view in one shard. One thread writes (<see cref="Apply"/>, <see cref="Restore"/>, <see cref="BeginSnapshot"/>); any thread reads
/// (<see cref="TryCopy(ReadOnlySpan{byte}, ulong, out int)"/>) without waiting for more than the few microseconds that a key is being written.
/// </summary>
/// <param name="closing">What is known of the view's windows that a sink takes; null when none does.</param>
internal sealed class KeyStore(ViewLayout layout, ClosingWindows? closing = null)
{
    /// <summary>How many keys <see cref="Sample"/> looks at.</summary>
    private const int SampledKeys = 1024;

    private readonly Slab _slab = new();
    private readonly KeyIndex _index = new();
    private List<byte[]> _removed = [];
    private long _newest = EventTime.MinValue;
    private long _watermark = EventTime.MinValue;
    private long _swept = EventTime.MinValue;

    public ViewLayout Layout => layout;

    public ClosingWindows? Closing => closing;

    public int Keys => _index.Count;

    /// <summary>The newest event time applied; any thread.</summary>
    public long Newest => Volatile.Read(ref _newest);

    /// <summary>All memory held: pages and index.</summary>
    public long Bytes => _slab.Bytes + _index.Bytes;

    /// <summary>Rows that would have taken out what has not been added, in the order in which they were met. Whoever applies rows takes them from here. The writing thread only.</summary>
    public List<OrphanRow> Orphans { get; } = [];

    /// <summary>Applies the rows of one key; the key's state changes for readers at once, after the last.</summary>
    public void Apply(ReadOnlySpan<byte> key, ulong hash, ViewRows rows, ReadOnlySpan<int> run)
    {
        if (rows.Ops is not null) ApplyChanges(key, hash, rows, run);
        else Add(key, hash, rows, run);
        if (layout.IdleAfter > 0) _watermark = Math.Max(_watermark, rows.Watermarks[run[^1]]);
    }

    private void Add(ReadOnlySpan<byte> key, ulong hash, ViewRows rows, ReadOnlySpan<int> run)
    {
        var expiry = closing?.Expiry ?? EventTime.MaxValue;
        if (!TryFind(key, hash, out var handle)) handle = Create(key, hash);
        else _slab.BeginWrite(handle);
        foreach (var row in run)
        {
            int shortfall;
            while (!new KeyState(_slab.State(handle), layout).TryAdd(rows, row, out shortfall, expiry)) handle = Grow(handle, hash, shortfall);
        }
        closing?.Touch(key, _slab.State(handle), rows, run);
        Publish(handle);
    }

    /// <summary>As <see cref="Add"/>, for rows of which some take out what others have added.</summary>
    private void ApplyChanges(ReadOnlySpan<byte> key, ulong hash, ViewRows rows, ReadOnlySpan<int> run)
    {
        var expiry = closing?.Expiry ?? EventTime.MaxValue;
        var applied = 0;
        if (!TryFind(key, hash, out var handle))
        {
            // A key is known from the first row on that is added to it.
            for (; applied < run.Length && rows.Retracts(run[applied]); applied++)
            {
                var row = run[applied];
                if (rows.TakesAny(row) && layout.IsMissing(rows.Times[row], rows.Watermarks[row])) Orphans.Add(new OrphanRow(key.ToArray(), row));
            }
            if (applied == run.Length) return;
            handle = Create(key, hash);
        }
        else _slab.BeginWrite(handle);
        for (; applied < run.Length; applied++)
        {
            var row = run[applied];
            int shortfall;
            if (!rows.Retracts(row))
            {
                while (!new KeyState(_slab.State(handle), layout).TryAdd(rows, row, out shortfall, expiry)) handle = Grow(handle, hash, shortfall);
                continue;
            }
            bool orphan;
            while (!new KeyState(_slab.State(handle), layout).TryRetract(rows, row, out shortfall, out orphan, expiry)) handle = Grow(handle, hash, shortfall);
            if (orphan) Orphans.Add(new OrphanRow(key.ToArray(), row));
        }
        closing?.Touch(key, _slab.State(handle), rows, run);
        Publish(handle);
    }

    private void Publish(uint handle)
    {
        var newest = new KeyState(_slab.State(handle), layout).Newest;
        _slab.EndWrite(handle);
        if (newest > _newest) Volatile.Write(ref _newest, newest);
    }

    private bool TryFind(ReadOnlySpan<byte> key, ulong hash, out uint handle)
    {
        var probe = 0;
        var table = _index.Table;
        while (KeyIndex.TryNext(table, hash, ref probe, out handle))
        {
            if (KeyState.KeyOf(_slab.State(handle)).SequenceEqual(key)) return true;
        }
        return false;
    }

    /// <summary>The state of a known key, in place. On the writing thread, and only until the next write.</summary>
    public Span<byte> State(ReadOnlySpan<byte> key) =>
        TryFind(key, KeyGroup.Hash(key), out var handle) ? _slab.State(handle) : throw new InvalidOperationException("A window is known of a key that has no state.");

    private uint Create(ReadOnlySpan<byte> key, ulong hash)
    {
        var handle = _slab.Allocate(KeyState.InitialSize(layout, key.Length) + layout.Series.Length * layout.TileBytes);
        KeyState.Initialize(_slab.State(handle), layout, key);
        _index.Add(hash, handle);
        return handle;
    }

    private uint Grow(uint handle, ulong hash, int shortfall)
    {
        var state = new KeyState(_slab.State(handle), layout);
        var moved = _slab.Allocate(checked(state.CompactSize + shortfall));
        state.CopyTo(_slab.State(moved));
        _index.Move(hash, handle, moved);
        _slab.Free(handle);
        return moved;
    }

    /// <summary>Takes a key out; false when it is not known. On the writing thread. A read that has begun may still see it.</summary>
    public bool Remove(ReadOnlySpan<byte> key, ulong hash)
    {
        if (!TryFind(key, hash, out var handle)) return false;
        _removed.Add(key.ToArray());
        _index.Remove(hash, handle);
        _slab.BeginWrite(handle);
        _slab.Free(handle);
        return true;
    }

    /// <summary>Makes room for as many keys in all.</summary>
    public void Reserve(int keys) => _index.Reserve(keys);

    /// <summary>What is there is in the newest checkpoint: the next snapshot that is not of everything is of what is written from here on. Only while nobody writes.</summary>
    public void ForgetWrites()
    {
        _slab.ForgetWrites();
        _removed = [];
    }

    /// <summary>Takes over a state from a checkpoint's later part, in place of the key's earlier one if there is one. Only while nobody reads.</summary>
    public void Replace(ReadOnlySpan<byte> state, ulong hash)
    {
        if (TryFind(KeyState.KeyOf(state), hash, out var handle))
        {
            _slab.BeginWrite(handle);
            var region = _slab.State(handle);
            if (state.Length <= region.Length)
            {
                state.CopyTo(region);
                NoteNewest(state);
                _slab.EndWrite(handle);
                return;
            }
            _index.Remove(hash, handle);
            _slab.Free(handle);
        }
        Restore(state, hash);
    }

    /// <summary>Takes over the state of a new key from a checkpoint. Only while nobody reads.</summary>
    public void Restore(ReadOnlySpan<byte> state, ulong hash)
    {
        var handle = _slab.Allocate(state.Length);
        var region = _slab.State(handle);
        state.CopyTo(region);
        _index.Add(hash, handle);
        NoteNewest(state);
        _slab.EndWrite(handle);
    }

    /// <summary>Counts a state that is not taken over in <see cref="Newest"/>. Only while nobody reads.</summary>
    public void NoteNewest(ReadOnlySpan<byte> state) => _newest = Math.Max(_newest, KeyState.NewestOf(state));

    /// <summary>
    /// Copies a key's whole state, never half a batch, into a rented buffer that the caller gives back to the shared pool. Any thread.
    /// </summary>
    /// <param name="length">Bytes of the state.</param>
    /// <returns>null when the key is unknown.</returns>
    public byte[]? TryCopy(ReadOnlySpan<byte> key, ulong hash, out int length)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(1024);
        var spin = default(SpinWait);
        while (true)
        {
            var outcome = TryCopyOnce(key, hash, ref buffer, out length);
            if (outcome == CopyOutcome.Copied) return buffer;
            if (outcome == CopyOutcome.Unknown)
            {
                ArrayPool<byte>.Shared.Return(buffer);
                return null;
            }
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    private enum CopyOutcome
    {
        Copied,
        Unknown,
        Retry,
    }

    private CopyOutcome TryCopyOnce(ReadOnlySpan<byte> key, ulong hash, ref byte[] buffer, out int length)
    {
        length = 0;
        var probe = 0;
        var table = _index.Table;
        while (KeyIndex.TryNext(table, hash, ref probe, out var handle))
        {
            if (!TryCopyRegion(handle, ref buffer, out length)) return CopyOutcome.Retry;
            if (KeyState.KeyOf(buffer).SequenceEqual(key)) return CopyOutcome.Copied;
            // Another key with the same hash bits, or a region that has been given to another key since the entry was read.
            if (!_index.IsCurrent(table, hash, probe, handle)) return CopyOutcome.Retry;
        }
        return table == _index.Table ? CopyOutcome.Unknown : CopyOutcome.Retry;
    }

    /// <summary>Copies a region whole; false when somebody wrote it meanwhile.</summary>
    private bool TryCopyRegion(uint handle, ref byte[] buffer, out int length)
    {
        length = 0;
        ref var version = ref _slab.Version(handle);
        var before = Volatile.Read(ref version);
        if ((before & 1) != 0) return false;
        var region = _slab.State(handle);
        length = KeyState.UsedBytes(region);
        if ((uint)length > (uint)region.Length) return false;
        if (buffer.Length < length)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = ArrayPool<byte>.Shared.Rent(length);
        }
        region[..length].CopyTo(buffer);
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref version) == before && length != 0;
    }

    /// <summary>Adds keys that are known, with the size of their states; at most <see cref="SampledKeys"/> of them. Any thread.</summary>
    public void Sample(List<(int Bytes, byte[] Key)> keys)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(1024);
        var left = SampledKeys;
        foreach (ref var entry in _index.Table.AsSpan())
        {
            var seen = Volatile.Read(ref entry);
            if ((uint)seen == 0) continue;
            if (left-- == 0) break;
            // A state that is being written, or has moved on since, is passed over.
            if (TryCopyRegion((uint)seen - 1, ref buffer, out var length)) keys.Add((length, KeyState.KeyOf(buffer).ToArray()));
        }
        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>A key that is known, canonical; null when there is none. Only while nobody writes.</summary>
    public byte[]? AnyKey()
    {
        foreach (var entry in _index.Table)
        {
            if ((uint)entry != 0) return KeyState.KeyOf(_slab.State((uint)entry - 1)).ToArray();
        }
        return null;
    }

    /// <summary>
    /// Gives back what idle keys' tiles take (<see cref="ViewLayout.IdleAfter"/>). Only tiles go that no read can need, so no answer depends on when it happens; a key stays known, with the time of its newest event. All keys are
    /// looked at, but only each time that time has moved on by a sixteenth of what it takes to be idle.
    /// </summary>
    private void Sweep()
    {
        if (layout.IdleAfter == 0) return;
        var mark = Math.Min(Math.Min(_watermark, _newest), closing?.Expiry ?? EventTime.MaxValue);
        if (mark <= EventTime.SaturatingAdd(_swept, layout.IdleAfter / 16)) return;
        _swept = mark;
        var table = _index.Table;
        foreach (var entry in table)
        {
            // A removed key's entry has no handle. Keys that move meanwhile keep their entry's place.
            if ((uint)entry == 0) continue;
            var handle = (uint)entry - 1;
            var state = new KeyState(_slab.State(handle), layout);
            if (state.HasTiles && mark >= EventTime.SaturatingAdd(state.Newest, layout.IdleAfter)) Shrink(handle, entry >> 32 << 32, mark);
        }
    }

    /// <param name="hash">At least the bits of the key's hash that the index keeps.</param>
    private void Shrink(uint handle, ulong hash, long mark)
    {
        _slab.BeginWrite(handle);
        int shortfall;
        while (!new KeyState(_slab.State(handle), layout).TryDropExpired(mark, out shortfall)) handle = Grow(handle, hash, shortfall);
        _slab.EndWrite(Grow(handle, hash, 0));
    }

    /// <summary>Begins a copy-on-write snapshot.</summary>
    /// <param name="all">Of all states, instead of what has changed since the snapshot before began.</param>
    public SlabSnapshot BeginSnapshot(bool all, SemaphoreSlim room, CancellationToken abort)
    {
        Sweep();
        var snapshot = new SlabSnapshot(room, abort) { Removed = all ? [] : _removed };
        _removed = [];
        _slab.Snapshot(snapshot, all);
        return snapshot;
    }
}

/// <summary>A row of the rows that were applied which would have taken out what has not been added.</summary>
/// <param name="Key">The feature key, canonical.</param>
/// <param name="Row">The row's number in the batch.</param>
internal readonly record struct OrphanRow(byte[] Key, int Row);
