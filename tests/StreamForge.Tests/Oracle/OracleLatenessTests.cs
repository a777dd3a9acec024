using StreamForge.Testing.Oracle;
using static StreamForge.Tests.Oracle.OracleBuilder;

namespace StreamForge.Tests.Oracle;

public class OracleLatenessTests
{
    private static readonly OracleView TenSeconds = View(OracleWindow.Sliding(10 * S));

    [Fact]
    public void Watermark_is_the_newest_event_time_less_the_out_of_orderness()
    {
        var oracle = World(TenSeconds with { OutOfOrderness = 5 * S }, At(100), At(90), At(110));
        Assert.Equal([null, 95 * S, 95 * S], oracle.Arrivals.Select(a => a.Watermark));
        Assert.Equal(105 * S, oracle.Watermark);
    }

    [Fact]
    public void Watermark_of_several_partitions_is_the_least_of_them()
    {
        var oracle = Partitioned(2, [], (0, 100), (0, 200), (1, 50), (1, 150), (0, 90));
        Assert.Equal([null, null, null, 50 * S, 150 * S], oracle.Arrivals.Select(a => a.Watermark));
        Assert.Equal(150 * S, oracle.Watermark);
    }

    [Fact]
    public void Idle_partition_does_not_hold_the_watermark_back_and_its_return_does_not_move_it_back()
    {
        var oracle = Partitioned(2, [new(1, 1, OraclePartitionState.Idle)], (0, 100), (0, 200), (1, 50), (1, 60));
        Assert.Equal([null, 100 * S, 200 * S, 200 * S], oracle.Arrivals.Select(a => a.Watermark));
    }

    [Fact]
    public void Watermark_holds_while_all_are_idle_and_is_the_largest_when_all_have_finished()
    {
        Assert.Equal(100 * S, Partitioned(2, [new(2, 1, OraclePartitionState.Idle), new(2, 0, OraclePartitionState.Idle)], (0, 100), (1, 200)).Watermark);
        Assert.Equal(200 * S, Partitioned(2, [new(2, 1, OraclePartitionState.Finished), new(2, 0, OraclePartitionState.Finished)], (0, 100), (1, 200)).Watermark);
    }

    [Theory]
    [InlineData(110.999999, 0, false)]
    [InlineData(111, 0, true)]
    [InlineData(111, 5, false)]
    [InlineData(115.999999, 5, false)]
    [InlineData(116, 5, true)]
    public void Tile_takes_events_until_the_watermark_reaches_its_end_and_the_window_and_the_lateness(double watermark, double lateness, bool late)
    {
        // W = 10 s, r = 1 s: the tile [100, 101) closes at 101 + 10 + lateness.
        var oracle = World(TenSeconds with { AllowedLateness = (long)(lateness * S) }, At(watermark), At(100.5));
        Assert.Equal(late, oracle.Arrivals[1].IsLate);
    }

    [Fact]
    public void Tumbling_tiles_close_by_the_same_rule()
    {
        // W = 1 h, r = 1 min: the tile [59, 60) min closes at 60 min + 1 h.
        var view = View(OracleWindow.Tumbling(H));
        Assert.Empty(World(view, At(7199.999999), At(3599)).Late);
        Assert.Single(World(view, At(7200), At(3599)).Late);
        Assert.Empty(World(view, At(7200), At(3600)).Late);
    }

    [Fact]
    public void Late_event_misses_the_short_window_and_counts_in_the_long_one()
    {
        var view = new OracleView([OracleWindow.Sliding(10 * S), OracleWindow.Sliding(H), OracleWindow.Lifetime], [new("a", OracleFunction.Count)]);
        var oracle = World(view, At(1000), At(500), At(1001));
        var late = Assert.Single(oracle.Late);
        Assert.Equal(1, late.Index);
        Assert.Equal(1000 * S, late.Watermark);
        Assert.Equal(["10s"], late.Missed.Select(w => w.Name));
        Assert.Equal(["2", "3", "3"], oracle.Read("k").Features.Select(f => f.Value!.ToString()));
    }

    [Fact]
    public void Event_that_missed_a_window_does_not_count_in_its_past_either()
    {
        var oracle = World(TenSeconds, At(500), At(1000), At(501));
        var read = oracle.Read("k", 505 * S);
        Assert.False(read.Effective[0].Kept);
        Assert.Equal("1", read.Features[0].Value!.ToString());
    }

    [Fact]
    public void Key_whose_only_event_missed_every_window_is_unknown()
    {
        var oracle = World(TenSeconds, new OracleEvent(1000 * S, "other"), At(500));
        Assert.Equal(OracleStatus.NotFound, oracle.Read("k").Features[0].Status);
        Assert.Equal(["other"], oracle.Keys);
        Assert.Equal(1000 * S, oracle.NewestEvent);
    }

    [Fact]
    public void Event_without_a_key_moves_the_watermark_and_is_neither_late_nor_the_newest()
    {
        var oracle = World(TenSeconds, At(100), new OracleEvent(1000 * S, null), new OracleEvent(1, null), At(100));
        Assert.Equal(1000 * S, oracle.Watermark);
        Assert.Equal([3], oracle.Late.Select(a => a.Index));
        Assert.Equal(100 * S + 1, oracle.Now);
    }

    [Fact]
    public void Prefix_is_the_world_before_the_rest_arrived()
    {
        var oracle = World(TenSeconds, At(100), At(105), At(300));
        Assert.Equal("2", oracle.After(2).Read("k").Features[0].Value!.ToString());
        Assert.Equal("1", oracle.Read("k").Features[0].Value!.ToString());
        Assert.Equal(OracleStatus.NotFound, oracle.After(0).Read("k").Features[0].Status);
        Assert.Empty(oracle.After(0).Read("k").Effective);
    }

    private static FeatureOracle Partitioned(int partitions, OracleSignal[] signals, params (int Partition, double Seconds)[] events) =>
        new(new OracleCase(TenSeconds with { Partitions = partitions }, [.. events.Select(e => At(e.Seconds) with { Partition = e.Partition })], [.. signals]));
}
