using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Features.Reads;
using StreamForge.Features.Windows;

namespace StreamForge.Tests.FeatureTests;

/// <summary>Windows and tiles of a few microseconds, against all moments tried one by one.</summary>
public sealed class WindowPlanTests
{
    private static void ForAny(Action<Random> property) => Prop.ForAll<int>(seed => property(new Random(seed))).QuickCheckThrowOnFailure();

    private static WindowPlan Window(Random random, WindowShape shape)
    {
        var resolution = random.Next(1, 8);
        var size = resolution * random.Next(1, 6) + (shape is WindowShape.Sliding or WindowShape.Session ? random.Next(resolution) : 0);
        return new WindowPlan("w", shape, shape == WindowShape.Lifetime ? 0 : size, 0, resolution)
        {
            Every = shape switch { WindowShape.Tumbling => size, WindowShape.Hopping => resolution * random.Next(1, size / resolution + 1), _ => 0 },
            Moments = shape == WindowShape.Sliding && random.Next(2) == 0 ? 1 : -1,
        };
    }

    private static WindowShape Bounded(Random random) => random.GetItems([WindowShape.Sliding, WindowShape.Tumbling, WindowShape.Hopping], 1)[0];

    [Fact]
    public void A_tile_that_no_longer_takes_events_never_does_again() => ForAny(random =>
    {
        var series = new TileSeries(random.Next(1, 10), random.Next(50));
        var start = series.StartOf(random.Next(-100, 100));
        var closed = false;
        for (var watermark = -200L; watermark <= 300; watermark++)
        {
            var accepts = series.Accepts(start, watermark);
            Assert.False(closed && accepts);
            Assert.Equal(watermark < start + series.Resolution + series.Retention, accepts);
            closed |= !accepts;
        }
        Assert.True(closed);
        Assert.True(series.Accepts(start, EventTime.MinValue));
        Assert.False(series.Accepts(start, EventTime.MaxValue));
    });

    [Fact]
    public void The_earliest_kept_tile_is_the_first_that_still_takes_events() => ForAny(random =>
    {
        var series = new TileSeries(random.Next(1, 10), random.Next(50));
        var watermark = random.NextInt64(-200, 200);
        var first = EventTime.Floor(-1000, series.Resolution);
        while (!series.Accepts(first, watermark)) first += series.Resolution;
        Assert.Equal(first, series.EarliestKept(watermark));
        Assert.Equal(EventTime.MinValue, series.EarliestKept(EventTime.MinValue));
    });

    [Fact]
    public void A_window_takes_an_event_until_the_watermark_reaches_its_tiles_end_plus_the_window_and_the_lateness() => ForAny(random =>
    {
        var window = Window(random, random.GetItems([WindowShape.Sliding, WindowShape.Tumbling, WindowShape.Hopping, WindowShape.Session], 1)[0]);
        var (time, lateness) = (random.Next(-100, 100), random.Next(20));
        var end = (long)Math.Floor((double)time / window.Resolution) * window.Resolution + window.Resolution + window.Size + lateness;
        Assert.True(window.Accepts(time, end - 1, lateness));
        Assert.False(window.Accepts(time, end, lateness));
        Assert.True((window with { Shape = WindowShape.Lifetime }).Accepts(time, EventTime.MaxValue, lateness));
    });

    [Fact]
    public void Windows_begin_where_the_definition_says() => ForAny(random =>
    {
        var t = random.Next(-200, 200);
        var sliding = Window(random, WindowShape.Sliding) with { Moments = -1 };
        Assert.Equal((long)Math.Floor((t - sliding.Size) / (double)sliding.Resolution) * sliding.Resolution, sliding.From(t));
        var tumbling = Window(random, WindowShape.Tumbling);
        Assert.Equal((long)Math.Floor(t / (double)tumbling.Size) * tumbling.Size, tumbling.From(t));
        Assert.Equal(EventTime.MinValue, Window(random, WindowShape.Lifetime).From(t));
        Assert.Equal(t - sliding.Size, (sliding with { Moments = 1 }).From(t));
        var hopping = Window(random, WindowShape.Hopping);
        Assert.Equal((long)Math.Floor(t / (double)hopping.Every) * hopping.Every + hopping.Every - hopping.Size, hopping.From(t));
        Assert.Equal(t, Window(random, WindowShape.Session).From(t));
    });

    [Fact]
    public void A_hopping_windows_instances_are_those_that_hold_the_event() => ForAny(random =>
    {
        var window = Window(random, random.Next(2) == 0 ? WindowShape.Hopping : WindowShape.Tumbling);
        var time = random.Next(-200, 200);
        // Windows end at multiples of the hop.
        var holding = Enumerable.Range(-500, 1000).Select(end => end - window.Size).Where(start => (start + window.Size) % window.Every == 0 && start <= time && time < window.EndOf(start)).ToArray();
        Assert.Equal((holding[0], holding[^1]), (window.FirstStartOf(time), window.LastStartOf(time)));
        // The one that a read at the event sees is the one that ends first after it.
        Assert.Equal(holding[0], window.From(time));
    });

    [Fact]
    public void The_earliest_end_is_exactly_the_first_moment_whose_window_needs_only_kept_tiles() => ForAny(random =>
    {
        var window = Window(random, Bounded(random));
        var kept = EventTime.Floor(random.Next(-100, 100), window.Resolution);
        var newest = random.Next(-150, 250);
        var earliest = window.EarliestEnd(kept, newest);
        for (var at = -300L; at <= 500; at++)
        {
            var readable = WindowReader.Interval(window, at, newest).From >= kept;
            if (at < earliest) Assert.False(readable, $"{window} kept {kept} newest {newest}: {at} can be read, yet {earliest} is the earliest");
            if (at == earliest) Assert.True(readable, $"{window} kept {kept} newest {newest}: {at} cannot be read");
        }
    });

    [Fact]
    public void While_no_tile_can_have_been_dropped_every_moment_can_be_read() =>
        Assert.All(Enum.GetValues<WindowShape>(), shape => Assert.Equal(EventTime.MinValue, Window(new Random(1), shape).EarliestEnd(EventTime.MinValue, 5)));

    [Fact]
    public void Intervals_end_at_the_moment_or_at_the_tile_boundary_before_it_when_newer_events_exist() => ForAny(random =>
    {
        var window = Window(random, (WindowShape)random.Next(5));
        var (at, newest) = (random.NextInt64(-100, 100), random.NextInt64(-100, 100));
        var (from, to) = WindowReader.Interval(window, at, newest);
        Assert.Equal(newest < at || window.IsExact ? at : EventTime.Floor(at, window.Resolution), to);
        Assert.True(from <= to);
        if (window.IsExact) Assert.Equal(window.Size, to - from);
        else if (window.Shape == WindowShape.Sliding) Assert.InRange(to - from, window.Size, window.Size + window.Resolution - 1);
    });
}
