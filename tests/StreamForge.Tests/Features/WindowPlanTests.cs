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
        var size = resolution * random.Next(1, 6) + (shape == WindowShape.Sliding ? random.Next(resolution) : 0);
        return new WindowPlan("w", shape, shape == WindowShape.Lifetime ? 0 : size, 0, resolution);
    }

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
        var window = Window(random, random.Next(2) == 0 ? WindowShape.Sliding : WindowShape.Tumbling);
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
        var sliding = Window(random, WindowShape.Sliding);
        Assert.Equal((long)Math.Floor((t - sliding.Size) / (double)sliding.Resolution) * sliding.Resolution, sliding.From(t));
        var tumbling = Window(random, WindowShape.Tumbling);
        Assert.Equal((long)Math.Floor(t / (double)tumbling.Size) * tumbling.Size, tumbling.From(t));
        Assert.Equal(EventTime.MinValue, Window(random, WindowShape.Lifetime).From(t));
    });

    [Fact]
    public void The_earliest_end_is_exactly_the_first_moment_whose_window_needs_only_kept_tiles() => ForAny(random =>
    {
        var window = Window(random, random.Next(2) == 0 ? WindowShape.Sliding : WindowShape.Tumbling);
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
        var window = Window(random, (WindowShape)random.Next(3));
        var (at, newest) = (random.NextInt64(-100, 100), random.NextInt64(-100, 100));
        var (from, to) = WindowReader.Interval(window, at, newest);
        Assert.Equal(newest < at ? at : EventTime.Floor(at, window.Resolution), to);
        Assert.True(from <= to);
        if (window.Shape == WindowShape.Sliding) Assert.InRange(to - from, window.Size, window.Size + window.Resolution - 1);
    });
}
