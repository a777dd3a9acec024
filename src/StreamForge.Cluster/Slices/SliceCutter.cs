using System.Buffers;
using System.Collections.Immutable;
using StreamForge.Cluster.KeyGroups;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Slices;

namespace StreamForge.Cluster.Slices;

/// <summary>Tells what a partition sent a key before, and notes what it sends now; called once for each key of a slice.</summary>
/// <param name="key">The canonical key.</param>
/// <param name="hash">Its hash (<see cref="KeyGroup.Hash"/>).</param>
/// <param name="next">One past the offset of the last row that is being sent now.</param>
/// <returns>One past the offset of the last row that was sent before and is not known to be durable; 0 when all are.</returns>
public delegate long SentBefore(ReadOnlySpan<byte> key, ulong hash, long next);

/// <summary>
/// Cuts one view's slice of a batch by the silos that own its keys' groups, and encodes each part. A slice is sorted by some bits of the hash, so that two keys that agree in these may stand interleaved; here each
/// key's rows are brought together, since a key must get all rows of a batch in one slice. So it also gets together what one event of a changelog takes out and adds: these rows share a position, and whoever drops what
/// it holds already goes by positions, so that an event is applied whole or not at all. One thread.
/// </summary>
/// <param name="view">The view.</param>
/// <param name="codec">Of the same view.</param>
public sealed class SliceCutter(ViewPlan view, SliceCodec codec)
{
    private readonly List<int> _starts = [];

    public string View => view.Name;

    /// <summary>The parts of a slice. The slice stays the caller's to release.</summary>
    /// <param name="slice">A slice of this view; all of its rows are taken.</param>
    /// <param name="partition">Index of the partition among all of the pipeline.</param>
    /// <param name="placement">Who owns what.</param>
    /// <param name="sent">What the partition remembers of each key.</param>
    public ImmutableArray<(SiloId Silo, SliceBatch Batch)> Cut(ViewSlice slice, int partition, PlacementTable placement, SentBefore sent)
    {
        ArgumentNullException.ThrowIfNull(slice);
        ArgumentNullException.ThrowIfNull(placement);
        ArgumentNullException.ThrowIfNull(sent);
        var order = ArrayPool<int>.Shared.Rent(Math.Max(slice.Count, 1));
        slice.Order.AsSpan(0, slice.Count).CopyTo(order);
        Group(slice, order);
        var parts = new SlicePart?[placement.Silos.Length];
        for (var i = 0; i < _starts.Count; i++)
        {
            var from = _starts[i];
            var to = i + 1 < _starts.Count ? _starts[i + 1] : slice.Count;
            var first = order[from];
            var hash = slice.Keys.Hash(first);
            var part = parts[placement.Index(KeyGroup.Of(hash))] ??= new SlicePart();
            part.Add(slice.Keys[first], sent(slice.Keys[first], hash, slice.Positions[order[to - 1]] + 1), order.AsSpan(from, to - from));
        }
        var result = ImmutableArray.CreateBuilder<(SiloId, SliceBatch)>();
        for (var silo = 0; silo < parts.Length; silo++)
        {
            if (parts[silo] is { } part) result.Add((placement.Silos[silo], new SliceBatch(slice.View, partition, codec.Encode(slice.Rows, slice.Positions, part, slice.Batch.Origin))));
        }
        ArrayPool<int>.Shared.Return(order);
        return result.DrainToImmutable();
    }

    /// <summary>Finds where each key begins, after bringing the rows of each together.</summary>
    private void Group(ViewSlice slice, int[] order)
    {
        _starts.Clear();
        for (var from = 0; from < slice.Count;)
        {
            var to = from + 1;
            var bits = SortedBits(slice.Keys.Hash(order[from]));
            while (to < slice.Count && SortedBits(slice.Keys.Hash(order[to])) == bits) to++;
            GroupTies(slice.Keys, order, from, to);
            from = to;
        }
    }

    /// <summary>Among rows whose keys agree in the bits that are sorted by, nearly always of one key: each key's rows together, in their order.</summary>
    private void GroupTies(KeyVector keys, int[] order, int from, int to)
    {
        while (from < to)
        {
            _starts.Add(from);
            var first = order[from];
            var next = from + 1;
            for (var i = next; i < to; i++)
            {
                if (!keys.Same(first, order[i])) continue;
                var row = order[i];
                if (i > next) Array.Copy(order, next, order, next + 1, i - next);
                order[next++] = row;
            }
            from = next;
        }
    }

    // What a slice is sorted by: see KeyGroupSort.
    private static ulong SortedBits(ulong hash) => hash & 0xFFFF;
}
