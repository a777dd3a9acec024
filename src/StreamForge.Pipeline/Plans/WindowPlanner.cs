using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Pipeline.Plans;

/// <summary>
/// Plans a view's windows and the series of tiles that they read. Windows share tiles of one length; a series lives as long as the longest window that reads it, and what is too late for a shorter one is kept from that (<see cref="FrozenSeries"/>). A session has tiles of its own, since what belongs to it does not
/// end with its gap. Beside tiles that exact sliding windows read there is a series of single moments, which takes the same events for the same time.
/// </summary>
internal static class WindowPlanner
{
    /// <summary>What makes windows share tiles.</summary>
    /// <param name="Own">The length of windows that do not share with those of other lengths; 0 for the others.</param>
    /// <param name="Gap">Of a session; 0 for the others.</param>
    /// <param name="Grain">The tile length by which lateness is judged.</param>
    private readonly record struct Tiles(long Resolution, long Own, long Gap, long Grain);

    /// <param name="emits">Whether a sink takes the view's closed windows.</param>
    public static ImmutableArray<WindowPlan> Plan(ViewDefinition view, bool emits, long allowedLateness, ImmutableArray<Fault>.Builder faults, out ImmutableArray<TileSeries> series)
    {
        var resolutions = view.Windows.Select(w => Resolution(view, w, faults)).ToArray();
        var tiles = view.Windows.Select((w, i) => new Tiles(resolutions[i], Own(w, emits), w.Kind == WindowKind.Session ? w.Size : 0, resolutions[i])).ToArray();
        var moments = view.Windows.Select((w, i) => view.Exact && w.Kind == WindowKind.Sliding ? new Tiles(1, 0, 0, resolutions[i]) : null as Tiles?).ToArray();
        // Coarsest first.
        var kept = tiles.Concat(moments.OfType<Tiles>()).Where(t => t.Resolution > 0).Distinct()
            .OrderByDescending(t => t.Resolution).ThenByDescending(t => t.Own).ThenByDescending(t => t.Gap).ThenByDescending(t => t.Grain).ToList();
        series =
        [
            .. kept.Select(t => new TileSeries(t.Resolution, allowedLateness + view.Windows.Where((w, i) => tiles[i] == (t.Grain > t.Resolution ? new Tiles(t.Grain, 0, 0, t.Grain) : t)).Max(w => w.Size))
            {
                Gap = t.Gap,
                Grain = t.Grain,
            }),
        ];
        var coarsest = kept.Count > 0 ? kept[0].Resolution : 0;
        return
        [
            .. view.Windows.Select((w, i) => w.Kind == WindowKind.Lifetime
                ? new WindowPlan(w.Name, WindowShape.Lifetime, 0, coarsest > 0 ? 0 : -1, coarsest)
                : new WindowPlan(w.Name, Shape(w.Kind), w.Size, kept.IndexOf(tiles[i]), resolutions[i])
                {
                    Every = w.Kind switch { WindowKind.Hopping => w.Every, WindowKind.Tumbling => w.Size, _ => 0 },
                    Moments = moments[i] is { } exact ? kept.IndexOf(exact) : -1,
                }),
        ];
    }

    /// <summary>Closing windows that are emitted share tiles with none of another length.</summary>
    private static long Own(WindowDefinition window, bool emits) => emits && window.Kind is WindowKind.Tumbling or WindowKind.Hopping ? window.Size : 0;

    private static WindowShape Shape(WindowKind kind) => kind switch
    {
        WindowKind.Sliding => WindowShape.Sliding,
        WindowKind.Tumbling => WindowShape.Tumbling,
        WindowKind.Hopping => WindowShape.Hopping,
        WindowKind.Session => WindowShape.Session,
        _ => WindowShape.Lifetime,
    };

    private static long Resolution(ViewDefinition view, WindowDefinition window, ImmutableArray<Fault>.Builder faults)
    {
        if (window.Kind == WindowKind.Lifetime) return 0;
        if (view.Resolution is not { } resolution)
        {
            return window.Kind switch
            {
                WindowKind.Tumbling => WindowMath.DividingResolution(window.Size, window.Size),
                WindowKind.Hopping => WindowMath.DividingResolution(window.Size, window.Every),
                _ => WindowMath.DefaultResolution(window.Size),
            };
        }
        var tile = Duration.Format(resolution);
        if (window.Kind is WindowKind.Tumbling && window.Size % resolution != 0)
            faults.Add(window.Location.Fault($"the resolution {tile} does not divide the tumbling window {Duration.Format(window.Size)}"));
        else if (window.Kind is WindowKind.Hopping && window.Size % resolution != 0)
            faults.Add(window.Location.Fault($"the resolution {tile} does not divide the hopping window {Duration.Format(window.Size)}"));
        else if (window.Kind is WindowKind.Hopping && window.Every % resolution != 0)
            faults.Add(window.Location.Fault($"the resolution {tile} does not divide the hop {Duration.Format(window.Every)}"));
        else if (window.Kind is WindowKind.Session && resolution > window.Size)
            faults.Add(window.Location.Fault($"the resolution {tile} is longer than the session's gap {Duration.Format(window.Size)}"));
        else if (resolution > window.Size)
            faults.Add(window.Location.Fault($"the resolution {tile} is longer than the window {Duration.Format(window.Size)}"));
        return resolution;
    }
}
