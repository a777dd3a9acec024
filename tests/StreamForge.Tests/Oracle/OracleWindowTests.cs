using StreamForge.Testing.Oracle;
using static StreamForge.Tests.Oracle.OracleBuilder;

namespace StreamForge.Tests.Oracle;

public class OracleWindowTests
{
    [Theory]
    [InlineData(500_000, 500_000)]
    [InlineData(1 * S, 1 * S)]
    [InlineData(1_500_000, 1 * S)]
    [InlineData(59 * S, 1 * S)]
    [InlineData(1 * M, 1 * S)]
    [InlineData(4 * M, 1 * S)]
    [InlineData(5 * M, 5 * S)]
    [InlineData(10 * M, 10 * S)]
    [InlineData(30 * M, 30 * S)]
    [InlineData(1 * H, 1 * M)]
    [InlineData(4 * H, 1 * M)]
    [InlineData(5 * H, 5 * M)]
    [InlineData(1 * D, 15 * M)]
    [InlineData(60 * H, 1 * H)]
    [InlineData(7 * D, 1 * H)]
    [InlineData(30 * D, 6 * H)]
    [InlineData(90 * D, 1 * D)]
    public void Default_tile_is_a_sixtieth_of_the_window_rounded_down(long window, long tile) =>
        Assert.Equal(tile, OracleWindow.Sliding(window).TileLength(null));

    [Fact]
    public void Tiles_of_a_tumbling_window_divide_it()
    {
        Assert.Equal(5 * S, OracleWindow.Tumbling(605 * S).TileLength(null));
        Assert.Equal(500_000, OracleWindow.Tumbling(1_500_000).TileLength(null));
        Assert.Throws<ArgumentException>(() => OracleWindow.Tumbling(90 * S).TileLength(60 * S));
    }

    [Theory]
    [InlineData(1 * H, "1h")]
    [InlineData(90 * M, "90m")]
    [InlineData(90 * S, "90s")]
    [InlineData(1_500_000, "1500ms")]
    [InlineData(7, "7us")]
    public void Names_use_the_largest_unit_that_divides(long size, string name)
    {
        Assert.Equal(name, OracleWindow.Sliding(size).Name);
        Assert.Equal("tumbling_" + name, OracleWindow.Tumbling(size).Name);
    }

    [Theory]
    [InlineData(7, 5)]
    [InlineData(5, 5)]
    [InlineData(0, 0)]
    [InlineData(-1, -5)]
    [InlineData(-5, -5)]
    [InlineData(-6, -10)]
    public void Division_is_towards_minus_infinity(long time, long floor) => Assert.Equal(floor, OracleWindow.Floor(time, 5));

    [Fact]
    public void Sliding_window_begins_at_a_whole_tile_up_to_one_tile_too_early()
    {
        // W = 1 h, r = 1 min; t = 01:30:30, so the first tile is floor(00:30:30) = 00:30.
        var t = 90 * M + 30 * S;
        var view = View(OracleWindow.Sliding(H));
        var end = At(t / S);
        Assert.Equal(new OracleEffective("1h", 30 * M, t, true), World(view, At(0), At(60)).Read("k", t).Effective[0]);
        Assert.Equal(0, Count(view, t, At(30 * 60 - 0.000001)));
        Assert.Equal(1, Count(view, t, At(30 * 60)));
        Assert.Equal(1, Count(view, t, At(t / S - 0.000001)));
        Assert.Equal(0, Count(view with { AllowedLateness = D }, t, At(30 * 60 - 1), end));
    }

    [Fact]
    public void Read_sees_events_before_the_moment_and_nothing_else()
    {
        foreach (var window in new[] { OracleWindow.Sliding(M), OracleWindow.Tumbling(M), OracleWindow.Lifetime })
        {
            var view = View(window);
            Assert.Equal(1, Number(Read(view, 10 * S + 1, At(10))));
            Assert.Equal(OracleStatus.NotFound, Read(view, 10 * S, At(10)).Status);
        }
    }

    [Fact]
    public void Tumbling_window_begins_anew_at_each_multiple_of_its_size()
    {
        var view = View(OracleWindow.Tumbling(H));
        var oracle = World(view, At(3599), At(3600), At(3601));
        Assert.Equal(2L, Number(oracle.Read("k").Features[0]));
        Assert.Equal(new OracleEffective("tumbling_1h", H, H + S + 1, true), oracle.Read("k").Effective[0]);
        // At the boundary itself the new window is still empty; the old one, read at its last instant, is served at the tile boundary (r = 1 min) before it.
        Assert.Equal(0L, Number(oracle.Read("k", H).Features[0]));
        Assert.Equal(new OracleEffective("tumbling_1h", 0, 59 * M, true), oracle.Read("k", H - 1).Effective[0]);
    }

    [Fact]
    public void Windows_before_1970_are_cut_like_those_after_it()
    {
        var tumbling = World(View(OracleWindow.Tumbling(H)), At(-10), At(-5));
        Assert.Equal(new OracleEffective("tumbling_1h", -H, -5 * S + 1, true), tumbling.Read("k").Effective[0]);
        Assert.Equal(2L, Number(tumbling.Read("k").Features[0]));
        var sliding = World(View(OracleWindow.Sliding(H)), At(-90), At(-30));
        Assert.Equal(-61 * M, sliding.Read("k").Effective[0].From);
    }

    [Fact]
    public void Now_is_one_microsecond_after_the_newest_event_of_any_key()
    {
        var oracle = World(View(OracleWindow.Sliding(M)), At(10), new OracleEvent(500 * S, "other"));
        Assert.Equal(500 * S + 1, oracle.Now);
        Assert.Equal(OracleStatus.Present, oracle.Read("k").Features[0].Status);
        Assert.Equal(0L, Number(oracle.Read("k").Features[0]));
        Assert.Equal(1L, Number(oracle.Read("other").Features[0]));
    }

    [Fact]
    public void Moment_inside_a_kept_tile_is_served_at_the_boundary_before_it()
    {
        // W = 1 h, r = 1 min: at = 10:30 lies in the tile [10, 11) min, which holds an event after it.
        var oracle = World(View(OracleWindow.Sliding(H)) with { AllowedLateness = H }, At(9 * 60 + 59), At(10 * 60 + 10), At(10 * 60 + 40), At(20 * 60));
        var read = oracle.Read("k", 10 * M + 30 * S);
        Assert.Equal(new OracleEffective("1h", -50 * M, 10 * M, true), read.Effective[0]);
        Assert.Equal(1L, Number(read.Features[0]));
        Assert.Equal(3L, Number(oracle.Read("k", 11 * M).Features[0]));
    }

    [Fact]
    public void Moment_after_the_newest_event_is_served_as_it_is()
    {
        var oracle = World(View(OracleWindow.Sliding(H)), At(10), At(90 * 60 + 10));
        Assert.Equal(new OracleEffective("1h", 30 * M, 90 * M + 30 * S, true), oracle.Read("k", 90 * M + 30 * S).Effective[0]);
        Assert.Equal(1L, Number(oracle.Read("k", 90 * M + 30 * S).Features[0]));
        Assert.Equal(0L, Number(oracle.Read("k", 200 * M).Features[0]));
    }

    [Fact]
    public void Boundary_is_a_matter_of_the_view_whatever_the_key()
    {
        var oracle = World(View(OracleWindow.Sliding(H)) with { AllowedLateness = D }, At(70), new OracleEvent(90 * M, "other"));
        Assert.All(["k", "other", "nobody"], key => Assert.Equal(M, oracle.Read(key, M + 45 * S).Effective[0].To));
        Assert.Equal(0L, Number(oracle.Read("k", M + 45 * S).Features[0]));
    }

    [Fact]
    public void Lifetime_in_the_past_is_cut_at_the_longest_tiles()
    {
        var view = new OracleView([OracleWindow.Sliding(H), OracleWindow.Sliding(D), OracleWindow.Lifetime], [new("n", OracleFunction.Count)], AllowedLateness: D);
        var oracle = World(view, At(14 * 60), At(16 * 60), At(40 * 60));
        var read = oracle.Read("k", 17 * M);
        Assert.Equal(new OracleEffective("lifetime", null, 15 * M, true), read.Effective[2]);
        Assert.Equal("1", read["n_lifetime"].Value!.ToString());
        Assert.Equal("2", read["n_1h"].Value!.ToString());
        Assert.Equal("3", oracle.Read("k")["n_lifetime"].Value!.ToString());
    }

    [Fact]
    public void Any_interval_can_be_asked_for()
    {
        var view = View(OracleWindow.Lifetime);
        var oracle = World(view, At(1), At(2), At(3));
        Assert.Equal(2L, Number(oracle.Over("k", view.Windows[0], view.Aggregates[0], null, 3 * S)));
        Assert.Equal(1L, Number(oracle.Over("k", view.Windows[0], view.Aggregates[0], 2 * S, 3 * S)));
    }

    [Fact]
    public void Lifetime_is_everything_before_the_moment()
    {
        var oracle = World(View(OracleWindow.Lifetime), At(-1e9), At(0), At(1e9));
        Assert.Equal(3L, Number(oracle.Read("k").Features[0]));
        Assert.Equal(2L, Number(oracle.Read("k", 1).Features[0]));
        Assert.Equal(new OracleEffective("lifetime", null, 1, false), oracle.Read("k", 1).Effective[0]);
    }

    [Fact]
    public void Moment_whose_tiles_are_dropped_is_marked_as_no_longer_kept()
    {
        // W = 1 min, r = 1 s, watermark 1000 s: tiles ending after 940 s are held, so moments from 1000 s - 1 s on.
        var oracle = World(View(OracleWindow.Sliding(M)), At(1), At(1000));
        Assert.True(oracle.Read("k", 1000 * S).Effective[0].Kept);
        Assert.False(oracle.Read("k", 999 * S).Effective[0].Kept);
    }

    private static long Count(OracleView view, long at, params OracleEvent[] events) => Number(Read(view, at, [At(-1e6), .. events]));

    private static long Number(OracleFeature feature) => (long)Assert.IsType<OracleValue.Integer>(feature.Value).Value;
}
