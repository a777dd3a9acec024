using System.Runtime.InteropServices;
using StreamForge.Features.Windows;

namespace StreamForge.Features.KeyState;

/// <summary>The tiles of a series that begin in an interval, as one window sees them: ascending, in runs of neighbours in memory. Where a tile has been frozen for the window the frozen one stands in its place, unless it holds nothing.</summary>
internal ref struct WindowTiles
{
    private readonly int _stride;
    private ReadOnlySpan<byte> _tiles;
    private ReadOnlySpan<byte> _frozen;

    /// <param name="window">A window that reads the series.</param>
    public WindowTiles(KeyState state, ViewLayout layout, WindowPlan window, int series, long from, long to)
        // A lifetime window takes every row.
        : this(state, layout, series, window.Shape == WindowShape.Lifetime ? long.MaxValue : window.Size + layout.AllowedLateness, from, to)
    {
    }

    /// <param name="retention">The retention by which the window's rows are judged, microseconds.</param>
    public WindowTiles(KeyState state, ViewLayout layout, int series, long retention, long from, long to)
    {
        _stride = layout.TileBytes;
        var tiles = state.Tiles(series);
        var first = FirstAtOrAfter(tiles, _stride, from);
        _tiles = tiles[(first * _stride)..(Math.Max(first, FirstAtOrAfter(tiles, _stride, to)) * _stride)];
        if (from < to) _frozen = state.FrozenTiles(series, retention, from, to);
    }

    /// <summary>One tile or more, each its start and its accumulators.</summary>
    public ReadOnlySpan<byte> Current { get; private set; }

    public readonly WindowTiles GetEnumerator() => this;

    public bool MoveNext()
    {
        while (!_frozen.IsEmpty)
        {
            var frozen = _frozen.Slice(2 * sizeof(long), _stride);
            var start = MemoryMarshal.Read<long>(frozen);
            var before = FirstAtOrAfter(_tiles, _stride, start) * _stride;
            if (before > 0)
            {
                Current = _tiles[..before];
                _tiles = _tiles[before..];
                return true;
            }
            if (!_tiles.IsEmpty && MemoryMarshal.Read<long>(_tiles) == start) _tiles = _tiles[_stride..];
            _frozen = _frozen[(2 * sizeof(long) + _stride)..];
            if (!frozen[sizeof(long)..].ContainsAnyExcept((byte)0)) continue;
            Current = frozen;
            return true;
        }
        Current = _tiles;
        _tiles = default;
        return !Current.IsEmpty;
    }

    /// <summary>The index of the first of tiles that begins at or after a moment.</summary>
    internal static int FirstAtOrAfter(ReadOnlySpan<byte> tiles, int stride, long start)
    {
        int low = 0, high = tiles.Length / stride;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (MemoryMarshal.Read<long>(tiles[(middle * stride)..]) < start) low = middle + 1;
            else high = middle;
        }
        return low;
    }
}
