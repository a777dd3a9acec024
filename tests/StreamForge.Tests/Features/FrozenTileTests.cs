using StreamForge.Core;
using StreamForge.Features.Aggregates;
using StreamForge.Features.KeyState;
using StreamForge.Features.Reads;
using StreamForge.Features.Windows;
using Region = StreamForge.Features.KeyState.KeyState;

namespace StreamForge.Tests.FeatureTests;

/// <summary>Windows of 10 and of 60 that share tiles of 10, over a view whose newest event lies far behind the watermark.</summary>
public sealed class FrozenTileTests
{
    private static readonly IAggregate Distinct = AggregateFactory.Create("distinct", DataType.BigInt, new AggregateParameters()).Aggregate!;

    private static readonly ViewLayout Layout = new(
        [new Slot(new CountAggregate(), 0, "count"), new Slot(Distinct, new CountAggregate().Size, "distinct")],
        [new TileSeries(10, 60)],
        [new WindowPlan("short", WindowShape.Sliding, 10, 0, 10), new WindowPlan("long", WindowShape.Sliding, 60, 0, 10)],
        [.. from slot in (int[])[0, 1] from w in (int[])[0, 1] select new FeaturePlan($"f{slot}_{w}", w, slot, slot == 0 ? new CountAggregate() : Distinct)],
        allowedLateness: 0);

    /// <summary>A state that has been given rows of values 0, 1, … at these times and watermarks.</summary>
    private static byte[] State(params (long Time, long Watermark)[] rows)
    {
        var values = new Int64Column(DataType.BigInt, rows.Length);
        for (var i = 0; i < rows.Length; i++) values.Append(i);
        var batch = new ViewRows
        {
            Times = [.. rows.Select(r => r.Time)],
            Watermarks = [.. rows.Select(r => r.Watermark)],
            Orders = [.. rows.Select((_, i) => (long)i)],
            Values = [null, values],
            Conditions = [null, null],
        };
        var region = new byte[4096];
        Region.Initialize(region, Layout, "key"u8);
        for (var i = 0; i < rows.Length; i++) Assert.True(new Region(region, Layout).TryAdd(batch, i, out _));
        return region;
    }

    /// <summary>The rows that are counted, the different values and the tiles of a window, just after the newest row.</summary>
    private static (string Rows, string Values, string Tiles) Read(byte[] region, int window)
    {
        var (values, effective) = (new FeatureValue[4], new (long From, long To)[2]);
        var newest = Region.NewestOf(region);
        new WindowReader().Read(Layout, region, newest + 1, newest, values, effective);
        var tiles = new List<FeatureTile>();
        WindowReader.ReadTiles(Layout, region, window, effective[window], tiles);
        return (values[window].ToString(), values[2 + window].ToString(), string.Join(" ", tiles.Select(t => $"{t.From}:{t.Value}")));
    }

    [Fact]
    public void Row_too_late_for_the_shorter_window_is_seen_by_the_longer_alone()
    {
        var region = State((103, 100), (105, 100), (104, 130));
        Assert.Equal(("2", "2", "100:2"), Read(region, 0));
        Assert.Equal(("3", "3", "100:3"), Read(region, 1));
    }

    [Fact]
    public void First_row_of_a_tile_that_the_shorter_window_has_done_with_leaves_it_nothing_to_see()
    {
        var region = State((95, 100), (104, 130));
        Assert.Equal(("1", "1", "90:1"), Read(region, 0));
        Assert.Equal(("2", "2", "90:1 100:1"), Read(region, 1));
    }

    [Fact]
    public void Row_of_a_partition_that_is_behind_counts_in_both()
    {
        var region = State((103, 100), (104, 130), (105, 110));
        Assert.Equal(("2", "2", "100:2"), Read(region, 0));
        Assert.Equal(("3", "3", "100:3"), Read(region, 1));
    }

    [Fact]
    public void Key_without_late_rows_pays_nothing_and_with_them_until_no_read_can_need_what_is_frozen()
    {
        var tiles = Layout.TileBytes;
        var initial = Region.InitialSize(Layout, 3);
        var heap = new Region(State((103, 100)), Layout).CompactSize - initial - tiles;
        Assert.True(heap > 0);
        Assert.Equal(initial + 2 * (tiles + heap), new Region(State((103, 100), (113, 100)), Layout).CompactSize);
        var late = new Region(State((103, 100), (104, 130)), Layout).CompactSize;
        Assert.InRange(late, initial + 2 * tiles + 2 * heap, initial + 2 * tiles + 3 * heap + 32);
        var region = State((103, 100), (104, 130), (215, 215), (225, 225));
        Assert.Equal(initial + 2 * (tiles + heap), new Region(region, Layout).CompactSize);
        Assert.Equal(("2", "2", "210:1 220:1"), Read(region, 0));
    }

    [Fact]
    public void Moving_a_state_keeps_what_is_frozen()
    {
        var region = State((103, 100), (105, 100), (104, 130));
        var moved = new byte[new Region(region, Layout).CompactSize];
        new Region(region, Layout).CopyTo(moved);
        Assert.Equal(("2", "2", "100:2"), Read(moved, 0));
        Assert.Equal(("3", "3", "100:3"), Read(moved, 1));
    }
}
