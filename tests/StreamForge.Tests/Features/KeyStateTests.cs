using System.Globalization;
using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using StreamForge.Core;
using StreamForge.Features.Windows;
using Region = StreamForge.Features.KeyState.KeyState;

namespace StreamForge.Tests.FeatureTests;

public sealed class KeyStateTests
{
    private static void ForAny(Action<KeyStateCase> property) =>
        Prop.ForAll<int>(seed => property(new KeyStateCase(new Random(seed)))).QuickCheckThrowOnFailure();

    [Fact]
    public void A_state_that_grows_by_the_least_answers_like_one_with_all_the_room() => ForAny(any =>
    {
        var grown = any.Fresh();
        var roomy = new byte[4_000_000];
        Region.Initialize(roomy, any.Layout, any.Key);
        foreach (var row in any.Applied)
        {
            grown = any.Add(grown, row);
            Assert.True(new Region(roomy, any.Layout).TryAdd(any.Rows, row, out _));
            if (any.Random.Next(4) > 0) continue;
            foreach (var at in any.Moments(grown)) Assert.Equal(any.Read(roomy, at), any.Read(grown, at));
        }
        foreach (var at in any.Moments(grown)) Assert.Equal(any.Read(roomy, at), any.Read(grown, at));
    });

    [Fact]
    public void A_row_that_does_not_fit_changes_no_answer() => ForAny(any =>
    {
        var region = any.Fresh();
        foreach (var row in any.Applied)
        {
            var moments = any.Moments(region).ToArray();
            var before = moments.Select(at => any.Read(region, at)).ToArray();
            var (newest, oldest) = (new Region(region, any.Layout).Newest, new Region(region, any.Layout).Oldest);
            if (new Region(region, any.Layout).TryAdd(any.Rows, row, out _)) continue;
            // Expired tiles may be gone by now; they are no part of any answer that is still given.
            var earliest = any.Layout.EarliestReadable(any.Rows.Watermarks[row], newest);
            Assert.All(moments.Zip(before), pair =>
            {
                if (pair.First >= earliest) Assert.Equal(pair.Second, any.Read(region, pair.First));
            });
            Assert.Equal((newest, oldest), (new Region(region, any.Layout).Newest, new Region(region, any.Layout).Oldest));
            region = any.Add(region, row);
        }
    });

    [Fact]
    public void Moving_squeezes_the_garbage_out_and_changes_no_answer() => ForAny(any =>
    {
        var region = new byte[4_000_000];
        Region.Initialize(region, any.Layout, any.Key);
        foreach (var row in any.Applied) Assert.True(new Region(region, any.Layout).TryAdd(any.Rows, row, out _));
        var moments = any.Moments(region).ToArray();
        var before = moments.Select(at => any.Read(region, at)).ToArray();
        var size = new Region(region, any.Layout).CompactSize;
        var moved = new byte[size];
        new Region(region, any.Layout).CopyTo(moved);
        Assert.Equal((size, size), (Region.UsedBytes(moved), new Region(moved, any.Layout).CompactSize));
        Assert.Equal(before, moments.Select(at => any.Read(moved, at)));
        var again = new byte[size];
        new Region(moved, any.Layout).CopyTo(again);
        Assert.Equal(moved, again);
    });

    [Fact]
    public void Counts_are_those_of_the_rows_in_each_answers_interval() => ForAny(any =>
    {
        var region = any.Fresh();
        foreach (var row in any.Applied) region = any.Add(region, row);
        var newest = Region.NewestOf(region);
        var earliest = any.Layout.EarliestReadable(any.Watermark, newest);
        foreach (var at in any.Moments(region).Append(earliest).Where(at => at >= earliest && at != EventTime.MinValue))
        {
            var answer = any.Read(region, at);
            if (answer.Length == 1 && newest >= at) continue;
            for (var w = 0; w < any.Layout.Windows.Length; w++)
            {
                var window = any.Layout.Windows[w];
                var (from, to) = KeyStateCase.Interval(answer[any.Layout.Features.Length + w]);
                var expected = any.Applied.Count(row =>
                {
                    var time = any.Rows.Times[row];
                    if (window.Shape == WindowShape.Lifetime) return time < to;
                    var series = any.Layout.Series[window.Series];
                    return from <= time && time < to && series.Accepts(series.StartOf(time), any.Rows.Watermarks[row]);
                });
                Assert.Equal(expected.ToString(CultureInfo.InvariantCulture), answer[w]);
            }
        }
    });

    [Fact]
    public void Tiles_stand_in_order_and_what_the_coarsest_drops_is_in_the_lifetime_part() => ForAny(any =>
    {
        var region = any.Fresh();
        var applied = 0;
        foreach (var row in any.Applied)
        {
            region = any.Add(region, row);
            applied++;
            var state = new Region(region, any.Layout);
            for (var s = 0; s < any.Layout.Series.Length; s++)
            {
                var previous = long.MinValue;
                for (var tiles = state.Tiles(s); !tiles.IsEmpty; tiles = tiles[any.Layout.TileBytes..])
                {
                    var start = MemoryMarshal.Read<long>(tiles);
                    Assert.True(start > previous);
                    Assert.Equal(0, start % any.Layout.Series[s].Resolution);
                    previous = start;
                }
            }
            if (!any.Layout.HasLifetime) continue;
            // Slot 0 counts all rows; it lies first.
            var counted = MemoryMarshal.Read<long>(state.LifetimeSlots);
            if (!any.Layout.Series.IsEmpty)
            {
                for (var tiles = state.Tiles(0); !tiles.IsEmpty; tiles = tiles[any.Layout.TileBytes..]) counted += MemoryMarshal.Read<long>(tiles[sizeof(long)..]);
            }
            Assert.Equal(applied, counted);
        }
    });

    [Fact]
    public void A_new_tile_finds_none_left_that_no_read_can_need() => ForAny(any =>
    {
        var region = any.Fresh();
        foreach (var row in any.Applied)
        {
            var before = Starts(region, any);
            var mark = Math.Min(any.Rows.Watermarks[row], new Region(region, any.Layout).Newest);
            region = any.Add(region, row);
            var after = Starts(region, any);
            for (var s = 0; s < before.Length; s++)
            {
                var added = after[s].Except(before[s]).Any();
                var kept = added ? before[s].Where(start => any.Layout.Series[s].Accepts(start, mark)) : before[s];
                Assert.Equal(kept, after[s].Intersect(before[s]));
            }
        }

        static long[][] Starts(byte[] region, KeyStateCase any)
        {
            var state = new Region(region, any.Layout);
            var result = new long[any.Layout.Series.Length][];
            for (var s = 0; s < result.Length; s++)
            {
                var starts = new List<long>();
                for (var tiles = state.Tiles(s); !tiles.IsEmpty; tiles = tiles[any.Layout.TileBytes..]) starts.Add(MemoryMarshal.Read<long>(tiles));
                result[s] = [.. starts];
            }
            return result;
        }
    });

    [Fact]
    public void The_header_can_be_read_without_the_layout() => ForAny(any =>
    {
        var region = any.Fresh();
        Assert.Equal((region.Length, EventTime.MinValue), (Region.UsedBytes(region), Region.NewestOf(region)));
        Assert.Equal(EventTime.MaxValue, new Region(region, any.Layout).Oldest);
        var applied = new List<int>();
        foreach (var row in any.Applied)
        {
            region = any.Add(region, row);
            applied.Add(row);
            Assert.Equal(any.Key, Region.KeyOf(region).ToArray());
            Assert.Equal(any.Key, new Region(region, any.Layout).Key.ToArray());
            Assert.Equal(applied.Max(r => any.Rows.Times[r]), Region.NewestOf(region));
            Assert.Equal(applied.Min(r => any.Rows.Times[r]), new Region(region, any.Layout).Oldest);
            Assert.InRange(Region.UsedBytes(region), 32, region.Length);
            Assert.Equal(Region.Format, region[6]);
        }
    });
}
