using StreamForge.Testing.Oracle;
using static StreamForge.Tests.Oracle.OracleBuilder;

namespace StreamForge.Tests.Oracle;

public class OracleHoppingTests
{
    [Theory]
    [InlineData(60, 5, 60)]
    [InlineData(60, 60, 60)]
    [InlineData(90, 60, 60)]
    [InlineData(1440, 7, 60)]
    public void Tiles_divide_the_window_and_its_hop(long size, long every, long tile) =>
        Assert.Equal(tile * S, OracleWindow.Hopping(size * M, every * M).TileLength(null));

    [Fact]
    public void Read_gives_the_instance_that_ends_next_cut_at_the_moment()
    {
        // Hopping 1h every 15m at 01:20: the one that ends at 01:30 began at 00:30.
        var window = OracleWindow.Hopping(H, 15 * M);
        Assert.Equal("hopping_1h_15m", window.Name);
        var oracle = World(View(window), At(29 * 60), At(30 * 60), At(80 * 60));
        Assert.Equal(new OracleEffective(window.Name, 30 * M, 80 * M + 1, true), oracle.Read("k").Effective[0]);
        Assert.Equal("2", oracle.Read("k").Features[0].Value!.ToString());
    }

    [Fact]
    public void Event_is_in_every_instance_that_covers_it()
    {
        var window = OracleWindow.Hopping(H, 15 * M);
        var view = View(window);
        Assert.Equal([(-30 * M, 30 * M), (-15 * M, 45 * M), (0, 60 * M), (15 * M, 75 * M)], OracleClosedWindows.Of(World(view, At(20 * 60)), view).Select(w => (w.Start, w.End)).Order());
    }

    [Fact]
    public void Hopping_by_its_own_size_is_tumbling()
    {
        var events = new[] { At(10), At(70), At(130) };
        foreach (var at in new long?[] { null, 61 * S, 120 * S, 140 * S })
        {
            Assert.Equal(
                World(View(OracleWindow.Tumbling(M)), events).Read("k", at).Features[0].Value,
                World(View(OracleWindow.Hopping(M, M)), events).Read("k", at).Features[0].Value);
        }
    }

    [Fact]
    public void Exact_tails_are_cut_to_the_microsecond_whatever_the_moment()
    {
        var view = View(OracleWindow.Sliding(H)) with { Exact = true, AllowedLateness = D };
        var oracle = World(view, At(10), At(20), At(3610), At(7200));
        Assert.Equal(new OracleEffective("1h", 10 * S + 1, H + 10 * S + 1, true), oracle.Read("k", H + 10 * S + 1).Effective[0]);
        Assert.Equal("2", oracle.Read("k", H + 10 * S + 1).Features[0].Value!.ToString());
        Assert.Equal("2", oracle.Read("k", H + 10 * S).Features[0].Value!.ToString());
    }
}
