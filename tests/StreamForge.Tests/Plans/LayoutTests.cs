using StreamForge.Core;
using StreamForge.Features.Windows;

namespace StreamForge.Tests.Plans;

public sealed class LayoutTests
{
    private static StreamForge.Pipeline.Plans.ViewPlan View(string windows, string aggregates, string more = "") => PlanCase.Plan(
        $"features: [{{view: v, input: s, entity: [user], windows: [{windows}], aggregates: [{aggregates}]{more}}}]\n").Views[0];

    [Fact]
    public void Aggregates_of_one_state_over_one_column_and_condition_share_a_slot()
    {
        var view = View("1h", "{name: a, function: sum, of: price}, {name: b, function: avg, of: \"  price /* the same */ \"}, {name: c, function: sum, of: price, where: gift}, {name: d, function: avg, of: price, where: gift}");
        Assert.Equal([0, 0, 1, 1], view.Layout.Features.Select(f => f.Slot));
        Assert.Equal(2, view.Expressions.Length);
        Assert.Equal([(0, -1), (0, 1)], view.SlotInputs.ToArray());
        // A compensated sum is two doubles and a count.
        Assert.Equal((48, 56), (view.Layout.SlotBytes, view.Layout.TileBytes));
    }

    [Theory]
    [InlineData("count", "", 8)]
    [InlineData("sum", "quantity", 24)]
    [InlineData("avg", "quantity", 24)]
    [InlineData("sum", "price", 24)]
    [InlineData("sum", "amount", 32)]
    [InlineData("max", "price", 16)]
    [InlineData("max", "amount", 32)]
    [InlineData("first", "price", 32)]
    [InlineData("last", "amount", 48)]
    [InlineData("min", "note", 40)]
    [InlineData("distinct", "user", 16)]
    public void Each_aggregate_takes_its_bytes_and_the_tiles_start_eight(string function, string of, int bytes) =>
        Assert.Equal(bytes + 8, View("1h", $"{{name: a, function: {function}{(of.Length > 0 ? ", of: " + of : "")}}}").Layout.TileBytes);

    [Fact]
    public void Counts_of_columns_with_the_same_meaning_share_and_others_do_not()
    {
        var view = View("1h", "{name: a, function: count}, {name: b, function: count, of: price}, {name: c, function: count}, {name: d, function: distinct, of: user}, {name: e, function: distinct, of: user, exact_up_to: 5}");
        Assert.Equal([0, 1, 0, 2, 3], view.Layout.Features.Select(f => f.Slot));
    }

    [Fact]
    public void Windows_of_one_resolution_share_a_series_that_lives_as_long_as_the_longest_needs_coarsest_first()
    {
        var view = View("1h, 2h, 7d, {tumbling: 1d}, lifetime", "{name: n, function: count}");
        Assert.Equal(
            [new TileSeries(EventTime.Hour, 7 * EventTime.Day), new TileSeries(15 * EventTime.Minute, EventTime.Day), new TileSeries(EventTime.Minute, 2 * EventTime.Hour)],
            view.Layout.Series.ToArray());
        Assert.Equal([2, 2, 0, 1, 0], view.Layout.Windows.Select(w => w.Series));
        Assert.Equal(["n_1h", "n_2h", "n_7d", "n_tumbling_1d", "n_lifetime"], view.Layout.Features.Select(f => f.Name));
        Assert.True(view.Layout.HasLifetime);
        Assert.Equal(-1, View("lifetime", "{name: n, function: count}").Layout.Windows[0].Series);
    }

    [Fact]
    public void A_resolution_that_is_set_holds_for_every_window()
    {
        var view = View("1h, {tumbling: 1d}", "{name: n, function: count}", ", resolution: 30m");
        Assert.Equal([new TileSeries(30 * EventTime.Minute, EventTime.Day)], view.Layout.Series.ToArray());
    }

    [Fact]
    public void Hopping_windows_share_tiles_and_sessions_have_their_own_with_their_times()
    {
        var view = View("1h, {hopping: 1h, every: 10m}, {session: 1h}, {session: 30m}, lifetime", "{name: n, function: count}");
        Assert.Equal(
            [
                new TileSeries(EventTime.Minute, EventTime.Hour) { Gap = EventTime.Hour },
                new TileSeries(EventTime.Minute, EventTime.Hour),
                new TileSeries(30 * EventTime.Second, 30 * EventTime.Minute) { Gap = 30 * EventTime.Minute },
            ],
            view.Layout.Series.ToArray());
        Assert.Equal([1, 1, 0, 2, 0], view.Layout.Windows.Select(w => w.Series));
        Assert.Equal([0, 10 * EventTime.Minute, 0, 0, 0], view.Layout.Windows.Select(w => w.Every));
        Assert.Equal(["n_1h", "n_hopping_1h_10m", "n_session_1h", "n_session_30m", "n_lifetime"], view.Layout.Features.Select(f => f.Name));
        Assert.Equal((1, 2, 32), (view.Layout.AggregateSlots, view.Layout.Slots.Length, view.Layout.TileBytes));
    }

    [Fact]
    public void Exact_windows_have_single_moments_beside_their_tiles_that_take_the_same_events()
    {
        var view = View("1h, {tumbling: 2h}, 1d", "{name: n, function: count}", ", exact: true");
        Assert.Equal(
            [
                new TileSeries(15 * EventTime.Minute, EventTime.Day), new TileSeries(EventTime.Minute, 2 * EventTime.Hour),
                new TileSeries(1, EventTime.Day) { Grain = 15 * EventTime.Minute }, new TileSeries(1, 2 * EventTime.Hour) { Grain = EventTime.Minute },
            ],
            view.Layout.Series.ToArray());
        Assert.Equal([(1, 3), (1, -1), (0, 2)], view.Layout.Windows.Select(w => (w.Series, w.Moments)));
    }

    [Fact]
    public void Derived_features_follow_the_stored_ones_and_may_use_any_of_them()
    {
        var view = View("1h, 1d", "{name: n, function: count}, {name: s, function: sum, of: amount}", ", derived: [{name: share, expression: n_1h / CAST(n_1d AS DOUBLE)}]");
        Assert.Equal(["n_1h", "n_1d", "s_1h", "s_1d", "share"], view.Description.Features.Select(f => f.Name));
        Assert.Equal(
            [DataType.BigInt, DataType.BigInt, DataType.Decimal(38, 3), DataType.Decimal(38, 3), DataType.Double], view.Description.Features.Select(f => f.Type));
        Assert.Equal([0, 1, 0, 1, -1], view.Description.Features.Select(f => f.Window));
        Assert.Equal(["n_1h", "n_1d", "s_1h", "s_1d"], view.Stored.Names());
    }

    [Fact]
    public void The_key_has_the_declared_types()
    {
        var plan = PlanCase.Plan("features: [{view: v, input: s, entity: [{name: user, type: string}, {name: price, type: bigint}], windows: [1h], aggregates: [{name: n, function: count}]}]\n");
        Assert.Equal([new Field("user", DataType.String), new Field("price", DataType.BigInt)], plan.Views[0].Description.Entity.ToArray());
    }
}
