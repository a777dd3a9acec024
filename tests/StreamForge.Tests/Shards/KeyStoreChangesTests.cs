using StreamForge.Core;
using StreamForge.Embedded.Shards;
using StreamForge.Features.KeyState;
using StreamForge.Features.Reads;
using StreamForge.Features.Windows;
using StreamForge.Tests.Plans;

namespace StreamForge.Tests.Shards;

/// <summary>Rows that take others out, and keys that get no more rows.</summary>
public sealed class KeyStoreChangesTests
{
    private static readonly byte[] Key = "s\u0002u1"u8.ToArray();

    private static ViewLayout Layout(string windows, string more = "") =>
        PlanCase.Plan($"features: [{{view: v, input: s, entity: [user], windows: [{windows}], aggregates: [{{name: n, function: count}}]{more}}}]\n").Views[0].Layout;

    private static ViewRows Rows(long watermark, params (ChangeOp Op, long Time)[] rows) => new()
    {
        Times = [.. rows.Select(r => r.Time)],
        Watermarks = [.. rows.Select(_ => watermark)],
        Orders = [.. rows.Select((_, i) => (long)i)],
        Ops = [.. rows.Select(r => (byte)r.Op)],
        Values = [null, null],
        Conditions = [null, null],
    };

    private static void Apply(KeyStore store, byte[] key, ViewRows rows) => store.Apply(key, KeyGroup.Hash(key), rows, [.. Enumerable.Range(0, rows.Times.Length)]);

    private static string[] Read(KeyStore store, byte[] key, long at)
    {
        var state = store.State(key);
        var values = new FeatureValue[store.Layout.Features.Length];
        new WindowReader().Read(store.Layout, state.ToArray(), at, KeyState.NewestOf(state), values, new (long, long)[store.Layout.Windows.Length]);
        return [.. values.Select(v => v.ToString())];
    }

    private static ViewLayout Changelog(ViewLayout layout) => new([.. layout.Slots.Select(s => s.Aggregate is SessionSpan ? s with { Aggregate = new CountedSessionSpan() } : s)], layout.Series, layout.Windows, layout.Features, layout.AllowedLateness, retracts: true);

    [Fact]
    public void Rows_that_would_be_taken_out_of_an_unknown_key_are_orphans_and_do_not_make_it_known()
    {
        var store = new KeyStore(Changelog(Layout("1m, lifetime")));
        Apply(store, Key, Rows(0, (ChangeOp.Delete, 5), (ChangeOp.Before, 6)));
        Assert.Equal(0, store.Keys);
        Assert.Equal([0, 1], store.Orphans.Select(o => o.Row));
        Assert.All(store.Orphans, o => Assert.Equal(Key, o.Key));
        // Rows after the first that is added are taken out of what is there.
        store.Orphans.Clear();
        Apply(store, Key, Rows(0, (ChangeOp.Delete, 5), (ChangeOp.Create, 5), (ChangeOp.Create, 6), (ChangeOp.Delete, 5), (ChangeOp.Before, 70_000_000), (ChangeOp.Update, 7)));
        Assert.Equal([0, 4], store.Orphans.Select(o => o.Row));
        Assert.Equal(["2", "2"], Read(store, Key, 1000));
    }

    [Fact]
    public void A_key_that_has_been_taken_over_twice_is_found_by_whoever_asks_for_any()
    {
        var layout = Layout("1m");
        var written = new KeyStore(layout);
        Apply(written, Key, Rows(EventTime.MinValue, (ChangeOp.Create, 5)));
        var small = new byte[KeyState.UsedBytes(written.State(Key))];
        written.State(Key)[..small.Length].CopyTo(small);
        for (var minute = 1; minute < 50; minute++) Apply(written, Key, Rows(EventTime.MinValue, (ChangeOp.Create, minute * EventTime.Minute)));
        var store = new KeyStore(layout);
        store.Restore(small, KeyGroup.Hash(Key));
        // The later state does not fit into the place of the earlier one.
        store.Replace(written.State(Key)[..KeyState.UsedBytes(written.State(Key))], KeyGroup.Hash(Key));
        Assert.Equal(Key, store.AnyKey());
        var sample = new List<(int Bytes, byte[] Key)>();
        store.Sample(sample);
        Assert.Equal(Key, Assert.Single(sample).Key);
    }

    [Fact]
    public void A_key_stays_known_when_its_last_row_is_taken_out()
    {
        var store = new KeyStore(Changelog(Layout("1m, {session: 1m}, lifetime")));
        Apply(store, Key, Rows(0, (ChangeOp.Read, 5), (ChangeOp.Delete, 5)));
        Assert.Empty(store.Orphans);
        Assert.Equal((1, "0", "0", "0"), (store.Keys, Read(store, Key, 6)[0], Read(store, Key, 6)[1], Read(store, Key, 6)[2]));
    }

    [Fact]
    public void What_came_after_a_tile_took_nothing_leaves_the_lifetime_and_stays_in_the_windows()
    {
        var store = new KeyStore(Changelog(Layout("1m, lifetime")));
        Apply(store, Key, Rows(0, (ChangeOp.Create, 5), (ChangeOp.Create, 6)));
        // The watermark is past the tile's end and the window; by the view's own time the window still shows it.
        Apply(store, Key, Rows(62 * EventTime.Second, (ChangeOp.Delete, 5)));
        Assert.Empty(store.Orphans);
        Assert.Equal(["2", "1"], Read(store, Key, 7));
        // Another partition's time is behind: for its rows the tile still takes, and what it takes is in the lifetime too.
        Apply(store, Key, Rows(0, (ChangeOp.Delete, 6)));
        Assert.Equal(["1", "0"], Read(store, Key, 7));
        Apply(store, Key, Rows(0, (ChangeOp.Create, 6), (ChangeOp.Create, 6)));
        Assert.Equal(["3", "2"], Read(store, Key, 7));
        Assert.Empty(store.Orphans);
    }

    [Fact]
    public void A_partition_whose_time_is_behind_takes_rows_out_of_the_lifetime_alone_where_tiles_are_gone()
    {
        var store = new KeyStore(Changelog(Layout("1m, lifetime")));
        Apply(store, Key, Rows(0, (ChangeOp.Create, 5), (ChangeOp.Create, 190 * EventTime.Second)));
        Apply(store, Key, Rows(150 * EventTime.Second, (ChangeOp.Create, 200 * EventTime.Second)));
        Assert.Equal(["2", "3"], Read(store, Key, 201 * EventTime.Second));
        Apply(store, Key, Rows(0, (ChangeOp.Delete, 5)));
        Assert.Empty(store.Orphans);
        Assert.Equal(["2", "2"], Read(store, Key, 201 * EventTime.Second));
        // Nor is a tile that is gone made anew.
        Apply(store, Key, Rows(0, (ChangeOp.Create, 6)));
        Assert.Equal(2 * store.Layout.TileBytes, new KeyState(store.State(Key), store.Layout).Tiles(0).Length);
        Assert.Equal(["2", "3"], Read(store, Key, 201 * EventTime.Second));
    }

    [Fact]
    public void Tiles_of_keys_that_have_been_idle_for_the_ttl_go_at_a_checkpoint_and_no_answer_changes()
    {
        const int Keys = 2000;
        var (store, plain) = (new KeyStore(Layout("1m, 10m, {session: 1m}, lifetime", ", ttl: 1h")), new KeyStore(Layout("1m, 10m, {session: 1m}, lifetime")));
        foreach (var target in (KeyStore[])[store, plain])
        {
            for (var i = 0; i < Keys; i++)
            {
                for (var minute = 0; minute < 20; minute++)
                {
                    var time = minute * EventTime.Minute + i;
                    Apply(target, BitConverter.GetBytes((long)i), Rows(time - EventTime.Minute, (ChangeOp.Create, time), (ChangeOp.Create, time + 3 * EventTime.Second)));
                }
            }
        }
        using var room = new SemaphoreSlim(1000);
        var last = 20 * EventTime.Minute;
        foreach (var after in (long[])[30 * EventTime.Minute, 2 * EventTime.Hour])
        {
            foreach (var target in (KeyStore[])[store, plain])
            {
                Apply(target, Key, Rows(last + after, (ChangeOp.Create, last + after)));
                var snapshot = target.BeginSnapshot(all: true, room, CancellationToken.None);
                Assert.True(snapshot.Pages > 0);
            }
            for (var i = 0; i < Keys; i++)
            {
                var key = BitConverter.GetBytes((long)i);
                Assert.Equal(Read(plain, key, last + after + 1), Read(store, key, last + after + 1));
                Assert.Equal(KeyState.NewestOf(plain.State(key)), KeyState.NewestOf(store.State(key)));
                // Not before an hour is over, and then all of them.
                var tiles = new KeyState(store.State(key), store.Layout).HasTiles;
                Assert.Equal(after < EventTime.Hour, tiles);
                Assert.True(new KeyState(plain.State(key), plain.Layout).HasTiles);
            }
            Assert.Equal(Keys + 1, store.Keys);
        }
        Assert.Equal(["0", "0", "0", "40"], Read(store, BitConverter.GetBytes(7L), last + 2 * EventTime.Hour + 1));
        // What comes later is added to it.
        var late = last + 2 * EventTime.Hour + 5;
        Apply(store, BitConverter.GetBytes(7L), Rows(last, (ChangeOp.Create, late)));
        Assert.Equal(["1", "1", "1", "41"], Read(store, BitConverter.GetBytes(7L), late + 1));
    }
}
