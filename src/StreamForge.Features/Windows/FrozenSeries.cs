using System.Collections.Immutable;

namespace StreamForge.Features.Windows;

/// <summary>
/// Windows of one resolution share tiles, which take rows for as long as the longest of them does. A row that comes too late for a shorter window, but not for the tile, must not be seen by that one. So before the first such row
/// changes a tile, whether it is added or taken out, the tile is copied for the windows of the shorter length: the copy, a frozen tile, is what these see in its place from then on. A frozen tile may hold nothing.
/// As long as nothing comes too late there are none. They go when their windows would have dropped the tile, had they had it for themselves.
/// </summary>
/// <param name="Series">The shared series' index.</param>
/// <param name="Tiles">The series as the shorter windows would have it for themselves: its retention is theirs.</param>
public sealed record FrozenSeries(int Series, TileSeries Tiles)
{
    /// <summary>One for each series and each length of the windows that read it, but for the longest; ascending.</summary>
    public static ImmutableArray<FrozenSeries> Of(ImmutableArray<TileSeries> series, ImmutableArray<WindowPlan> windows, long allowedLateness) =>
    [
        .. windows.Where(static w => w.Shape != WindowShape.Lifetime)
            .SelectMany(static w => (int[])[w.Series, w.Moments], (w, s) => (Series: s, Retention: w.Size + allowedLateness))
            .Where(read => read.Series >= 0 && read.Retention < series[read.Series].Retention)
            .Distinct().Order().Select(read => new FrozenSeries(read.Series, series[read.Series] with { Retention = read.Retention })),
    ];
}
