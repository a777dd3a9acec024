using StreamForge.Features.Aggregates;

namespace StreamForge.Features.KeyState;

/// <summary>How a fresh state is filled with tiles that come from elsewhere: all tiles first, ascending within each series and series by series, frozen ones last, then their accumulators with what they keep in the heap.</summary>
public readonly ref partial struct KeyState
{
    /// <summary>Adds an empty tile behind those that its series has. The caller has seen to the room.</summary>
    internal void AddTile(int series, long start) => Insert(series, (int)Counts[series], start);

    /// <summary>How many tiles a series has.</summary>
    internal int TileCount(int series) => (int)Counts[series];

    /// <summary>Whether a series has the tile that begins at <paramref name="start"/>.</summary>
    internal bool HasTile(int series, long start) => Find(series, start) >= 0;

    /// <summary>The accumulators of a tile.</summary>
    internal Span<byte> TileSlots(int series, int index) => _bytes.Slice(TilesOffset(series) + index * _layout.TileBytes + sizeof(long), _layout.SlotBytes);

    /// <summary>When a tile begins.</summary>
    internal long TileStart(int series, int index) => StartOf(TilesOffset(series), index);

    /// <summary>Adds an empty frozen tile behind all that there are; when all tiles are there, before anything is filled. The caller has seen to the room, <see cref="FrozenGrowth"/> included.</summary>
    internal void AddFrozen(FrozenId id)
    {
        MakeFrozenCount();
        AddFrozen(FrozenCount, id);
    }

    /// <summary>What a frozen tile stands for.</summary>
    internal FrozenId IdOfFrozen(int index) => FrozenId.Read(_bytes[(FrozenOffset + index * _layout.FrozenBytes)..]);

    /// <summary>The accumulators of a frozen tile.</summary>
    internal Span<byte> FrozenSlots(int index) => _bytes.Slice(FrozenOffset + (index + 1) * _layout.FrozenBytes - _layout.SlotBytes, _layout.SlotBytes);

    /// <summary>The accumulators of what the coarsest series no longer holds, to be written; empty without a lifetime window.</summary>
    internal Span<byte> LifetimeToFill => Lifetime;

    /// <summary>Where each series' tiles begin, and where lifetime's end; empty where rows are only added.</summary>
    internal Span<long> MarksToFill => Marks;

    /// <summary>Merges an accumulator of another state into one of this one; into an empty one it is copied as it is.</summary>
    /// <returns>false when there is no room; nothing has changed then.</returns>
    internal bool TryFill(Span<byte> into, Slot slot, ReadOnlySpan<byte> from, ReadOnlySpan<byte> fromHeap)
    {
        var heapOffset = HeapOffset;
        var heap = new Heap(_bytes[heapOffset..], ref HeapUsed, ref HeapGarbage);
        if (!into.ContainsAnyExcept((byte)0))
        {
            var block = slot.Aggregate.UsesHeap ? HeapReference.Read(from) : default;
            if (((int)block.Length + 7 & ~7) > Free) return false;
            from.CopyTo(into);
            if (block.Length == 0) return true;
            var reference = default(HeapReference);
            block.In(fromHeap).CopyTo(heap.Replace(ref reference, (int)block.Length));
            HeapReference.Of(into) = reference;
        }
        else
        {
            if (slot.Aggregate.UsesHeap && slot.Aggregate.MergeNeed(into, from, fromHeap) > Free) return false;
            slot.Aggregate.Merge(into, ref heap, from, fromHeap);
        }
        if (slot.Aggregate.UsesHeap) Used = (uint)heapOffset + HeapUsed;
        return true;
    }
}
