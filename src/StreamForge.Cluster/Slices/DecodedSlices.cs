using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Features.KeyState;

namespace StreamForge.Cluster.Slices;

/// <summary>The keys' slices of one batch, decoded. Immutable, any thread, for as long as somebody looks at it.</summary>
public sealed class DecodedSlices
{
    private readonly byte[] _keyBytes;
    private readonly int[] _keyEnds;
    private readonly int[] _rowEnds;
    private readonly long[] _previous;
    private readonly long[] _positions;

    internal DecodedSlices(int view, int partition, byte[] keyBytes, int[] keyEnds, int[] rowEnds, long[] previous, long[] positions, ViewRows rows)
    {
        View = view;
        Partition = partition;
        Rows = rows;
        _keyBytes = keyBytes;
        _keyEnds = keyEnds;
        _rowEnds = rowEnds;
        _previous = previous;
        _positions = positions;
    }

    /// <summary>Index of the view in the plan.</summary>
    public int View { get; }

    /// <summary>Index of the partition among all of the pipeline.</summary>
    public int Partition { get; }

    /// <summary>See <see cref="KeySlice.Origin"/>.</summary>
    public BatchOrigin? Origin { get; init; }

    public ViewRows Rows { get; }

    /// <summary>Keys; no key comes twice.</summary>
    public int Count => _previous.Length;

    public ReadOnlySpan<byte> Key(int index)
    {
        var start = index == 0 ? 0 : _keyEnds[index - 1];
        return _keyBytes.AsSpan(start, _keyEnds[index] - start);
    }

    /// <summary>One key's slice.</summary>
    public KeySlice this[int index]
    {
        get
        {
            var from = index == 0 ? 0 : _rowEnds[index - 1];
            return new KeySlice(new KeyId(View, Key(index).ToArray()), Partition, _previous[index], Rows, _positions, from, _rowEnds[index] - from) { Origin = Origin };
        }
    }

    /// <summary>The same without a copy of the key, for a cell that is known to have it.</summary>
    internal KeySlice With(int index, KeyId id)
    {
        var from = index == 0 ? 0 : _rowEnds[index - 1];
        return new KeySlice(id, Partition, _previous[index], Rows, _positions, from, _rowEnds[index] - from) { Origin = Origin };
    }
}
