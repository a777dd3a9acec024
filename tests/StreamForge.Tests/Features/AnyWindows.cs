using System.Collections.Immutable;
using StreamForge.Core;
using StreamForge.Features.KeyState;
using StreamForge.Features.Windows;

namespace StreamForge.Tests.FeatureTests;

/// <summary>A few random windows of some microseconds, and what the definitions say of them: written down here a second time, without the code that is tested.</summary>
internal sealed class AnyWindows
{
    public AnyWindows(Random random)
        : this(random.Next(2) * random.Next(40), AnyShapes(random))
    {
    }

    private AnyWindows(long lateness, List<NaiveShape> shapes)
    {
        (Lateness, Shapes) = (lateness, shapes);
        var tiled = Shapes.Where(s => s.Kind != WindowShape.Lifetime).GroupBy(s => (s.Resolution, s.Gap)).Select(g => new NaiveSeries(g.Key.Resolution, Lateness + g.Max(s => s.Size), g.Key.Gap, g.Key.Resolution)).ToList();
        // Beside the tiles that an exact window reads stand single moments, which take what the tiles take.
        var moments = Shapes.Where(s => s.Exact).Select(s => tiled.Find(t => (t.Resolution, t.Gap) == (s.Resolution, 0))! with { Resolution = 1 });
        Series = [.. tiled.Concat(moments).Distinct().OrderByDescending(s => s.Resolution)];
    }

    /// <summary>Some of the windows alone.</summary>
    public AnyWindows Only(Func<NaiveShape, bool> stays) => new(Lateness, [.. Shapes.Where(stays)]);

    public long Lateness { get; }

    public List<NaiveShape> Shapes { get; }

    /// <summary>Coarsest first.</summary>
    public List<NaiveSeries> Series { get; }

    public bool HasLifetime => Shapes.Any(s => s.Kind == WindowShape.Lifetime);

    public bool HasSession => Shapes.Any(s => s.Kind == WindowShape.Session);

    private static List<NaiveShape> AnyShapes(Random random)
    {
        var exact = random.Next(3) == 0;
        return [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => AnyShape(random, exact))];
    }

    private static NaiveShape AnyShape(Random random, bool exact)
    {
        var shape = (WindowShape)random.Next(5);
        long resolution = random.Next(4) > 0 ? 10 : random.Next(1, 20);
        var whole = resolution * random.Next(1, 8);
        return shape switch
        {
            WindowShape.Lifetime => new NaiveShape(shape, 0, 0),
            WindowShape.Sliding => new NaiveShape(shape, whole + random.Next((int)resolution), resolution) { Exact = exact },
            WindowShape.Hopping => new NaiveShape(shape, whole, resolution) { Every = resolution * random.Next(1, (int)(whole / resolution) + 1) },
            WindowShape.Session => new NaiveShape(shape, resolution + random.Next(40), resolution),
            _ => new NaiveShape(shape, whole, resolution) { Every = whole },
        };
    }

    public int SeriesOf(NaiveShape shape) => shape.Kind == WindowShape.Lifetime
        ? (Series.Count == 0 ? -1 : 0)
        : Series.FindIndex(s => (s.Resolution, s.Gap, s.Grain) == (shape.Resolution, shape.Gap, shape.Resolution));

    /// <summary>The layout, with a slot for session times when there are sessions.</summary>
    public ViewLayout Layout(List<Slot> slots, bool retracts)
    {
        ImmutableArray<WindowPlan> windows =
        [
            .. Shapes.Select((s, i) => new WindowPlan($"w{i}", s.Kind, s.Size, SeriesOf(s), s.Kind == WindowShape.Lifetime ? (Series.Count == 0 ? 0 : Series[0].Resolution) : s.Resolution)
            {
                Every = s.Every,
                Moments = s.Exact ? Series.FindIndex(m => (m.Resolution, m.Gap, m.Grain) == (1, 0, s.Resolution)) : -1,
            }),
        ];
        ImmutableArray<FeaturePlan> features =
            [.. from s in Enumerable.Range(0, slots.Count) from w in Enumerable.Range(0, windows.Length) select new FeaturePlan($"f{s}_{w}", w, s, slots[s].Aggregate)];
        if (HasSession) slots = [.. slots, new Slot(retracts ? new CountedSessionSpan() : new SessionSpan(), slots.Sum(s => s.Aggregate.Size), "times")];
        return new ViewLayout(
            [.. slots], [.. Series.Select(s => new TileSeries(s.Resolution, s.Retention) { Gap = s.Gap, Grain = s.Grain })], windows, features, Lateness, retracts);
    }

    public static long Floor(long time, long step) => (long)Math.Floor((decimal)time / step) * step;
}

/// <param name="Grain">The tile length by which lateness is judged.</param>
internal sealed record NaiveSeries(long Resolution, long Retention, long Gap, long Grain)
{
    public long TileOf(long time) => AnyWindows.Floor(time, Resolution);

    /// <summary>A tile takes events until the watermark reaches its end plus the window plus the lateness.</summary>
    public bool Accepts(long time, long watermark) => watermark < AnyWindows.Floor(time, Grain) + Grain + Retention;
}

internal sealed record NaiveShape(WindowShape Kind, long Size, long Resolution)
{
    public long Every { get; init; }

    public bool Exact { get; init; }

    public long Gap => Kind == WindowShape.Session ? Size : 0;

    /// <summary>Whether the window takes an event, whatever longer windows share its tiles.</summary>
    public bool Accepts(AnyWindows all, long time, long watermark) =>
        Kind == WindowShape.Lifetime || watermark < AnyWindows.Floor(time, Resolution) + Resolution + Size + all.Lateness;

    /// <summary>The interval that a read at a moment covers.</summary>
    /// <param name="times">When the events happened that the window took.</param>
    public (long From, long To) Interval(AnyWindows all, long at, long newest, IEnumerable<long> times)
    {
        var resolution = Kind == WindowShape.Lifetime ? (all.Series.Count == 0 ? 0 : all.Series[0].Resolution) : Resolution;
        var to = newest < at || resolution == 0 || Exact ? at : AnyWindows.Floor(at, resolution);
        return Kind switch
        {
            WindowShape.Sliding when Exact => (to - Size, to),
            WindowShape.Sliding => (AnyWindows.Floor(to - Size, resolution), to),
            WindowShape.Tumbling => (AnyWindows.Floor(at, Size), to),
            WindowShape.Hopping => (AnyWindows.Floor(at, Every) + Every - Size, to),
            WindowShape.Session => (SessionStart(to, times), to),
            _ => (EventTime.MinValue, to),
        };
    }

    private long SessionStart(long to, IEnumerable<long> times)
    {
        var start = to;
        foreach (var time in times.Where(t => t < to).OrderDescending())
        {
            if (start - time >= Size) break;
            start = time;
        }
        return start;
    }
}
