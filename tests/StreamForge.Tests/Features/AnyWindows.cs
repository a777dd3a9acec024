using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Features.Windows;

namespace StreamForge.Tests.FeatureTests;

/// <summary>A few random windows of some microseconds, and what the definitions say of them: written down here a second time, without the code that is tested.</summary>
internal sealed class AnyWindows
{
    public AnyWindows(Random random)
    {
        Lateness = random.Next(2) * random.Next(40);
        Shapes = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => AnyShape(random))];
        Series =
        [
            .. Shapes.Where(s => s.Kind != WindowShape.Lifetime).GroupBy(s => s.Resolution)
                .Select(g => new NaiveSeries(g.Key, Lateness + g.Max(s => s.Size))).OrderByDescending(s => s.Resolution),
        ];
    }

    public long Lateness { get; }

    public List<NaiveShape> Shapes { get; }

    /// <summary>Coarsest first.</summary>
    public List<NaiveSeries> Series { get; }

    public bool HasLifetime => Shapes.Any(s => s.Kind == WindowShape.Lifetime);

    public bool HasSession => false;

    private static NaiveShape AnyShape(Random random)
    {
        var shape = (WindowShape)random.Next(3);
        if (shape == WindowShape.Lifetime) return new NaiveShape(shape, 0, 0);
        long resolution = random.Next(2) == 0 ? 10 : random.Next(1, 20);
        return new NaiveShape(shape, resolution * random.Next(1, 8) + (shape == WindowShape.Sliding ? random.Next((int)resolution) : 0), resolution);
    }

    public int SeriesOf(NaiveShape shape) =>
        shape.Kind == WindowShape.Lifetime ? (Series.Count == 0 ? -1 : 0) : Series.FindIndex(s => s.Resolution == shape.Resolution);

    public ViewLayout Layout(List<Slot> slots, bool retracts)
    {
        ImmutableArray<WindowPlan> windows =
        [
            .. Shapes.Select((s, i) => new WindowPlan($"w{i}", s.Kind, s.Size, SeriesOf(s), s.Kind == WindowShape.Lifetime ? (Series.Count == 0 ? 0 : Series[0].Resolution) : s.Resolution)),
        ];
        ImmutableArray<FeaturePlan> features =
            [.. from s in Enumerable.Range(0, slots.Count) from w in Enumerable.Range(0, windows.Length) select new FeaturePlan($"f{s}_{w}", w, s, slots[s].Aggregate)];
        return new ViewLayout([.. slots], [.. Series.Select(s => new TileSeries(s.Resolution, s.Retention))], windows, features, Lateness, retracts);
    }

    public static long Floor(long time, long step) => (long)Math.Floor((decimal)time / step) * step;
}

internal sealed record NaiveSeries(long Resolution, long Retention)
{
    public long TileOf(long time) => AnyWindows.Floor(time, Resolution);

    /// <summary>A tile takes events until the watermark reaches its end plus the window plus the lateness.</summary>
    public bool Accepts(long time, long watermark) => watermark < AnyWindows.Floor(time, Resolution) + Resolution + Retention;
}

internal sealed record NaiveShape(WindowShape Kind, long Size, long Resolution)
{
    /// <summary>Whether the window's tiles take an event; windows that share tiles share what they take.</summary>
    public bool Accepts(AnyWindows all, long time, long watermark) => Kind == WindowShape.Lifetime || all.Series[all.SeriesOf(this)].Accepts(time, watermark);

    /// <summary>The interval that a read at a moment covers.</summary>
    /// <param name="times">When the events happened that the window took.</param>
    public (long From, long To) Interval(AnyWindows all, long at, long newest, IEnumerable<long> times)
    {
        _ = times;
        var resolution = Kind == WindowShape.Lifetime ? (all.Series.Count == 0 ? 0 : all.Series[0].Resolution) : Resolution;
        var to = newest < at || resolution == 0 ? at : AnyWindows.Floor(at, resolution);
        return Kind switch
        {
            WindowShape.Sliding => (AnyWindows.Floor(to - Size, resolution), to),
            WindowShape.Tumbling => (AnyWindows.Floor(at, Size), to),
            _ => (EventTime.MinValue, to),
        };
    }
}
