using StreamForge.Testing.Oracle;
using static StreamForge.Tests.Oracle.OracleBuilder;

namespace StreamForge.Tests.Oracle;

public class OracleChangelogTests
{
    private static readonly OracleView Full = View(OracleWindow.Lifetime, OracleFunction.Sum, "v") with { Source = OracleSource.Full };
    private static readonly OracleView Stored = Full with { Source = OracleSource.Stored };

    [Fact]
    public void Update_takes_the_old_image_out_and_adds_the_new_one_each_under_its_own_key()
    {
        var oracle = World(Full, Add("a", 1, 5), new(0, OracleOp.Update, "a", Image(1, 5), Image(2, 7) with { Key = "other" }));
        Assert.Equal(OracleStatus.NullValue, oracle.Read("k").Features[0].Status);
        Assert.Equal("7", Text(oracle, "other"));
    }

    [Fact]
    public void Stored_images_say_what_an_update_or_a_delete_replaces()
    {
        OracleChange[] changes = [Add("a", 1, 5), Add("b", 2, 6), new(0, OracleOp.Update, "a", null, Image(1, 9))];
        Assert.Equal("15", Text(World(Stored, changes)));
        Assert.Equal("9", Text(World(Stored, [.. changes, new(0, OracleOp.Delete, "b", null, null)])));
        Assert.Equal("9", Text(World(Stored, [.. changes, new(0, OracleOp.Tombstone, "b", null, null)])));
        Assert.Equal("20", Text(World(Stored, [.. changes, new(0, OracleOp.Truncate, null, null, null), Add("a", 3, 20)])));
        Assert.Equal("16", Text(World(Stored, [.. changes, new(0, OracleOp.Read, "b", null, Image(2, 7), null, OracleSnapshot.Incremental)])));
    }

    [Fact]
    public void Value_that_was_not_sent_is_that_of_the_image_before()
    {
        var sent = Image(4, null) with { Unavailable = ["v"] };
        Assert.Equal("5", Text(World(Stored, Add("a", 1, 5), new(0, OracleOp.Update, "a", null, sent))));
    }

    [Fact]
    public void Event_below_the_highest_position_has_come_before_and_one_at_it_if_it_is_the_same()
    {
        var first = Add("a", 1, 5) with { Position = new(7, 1) };
        var second = Add("b", 2, 6) with { Position = new(7, 2) };
        var third = Add("c", 3, 8) with { Position = new(7, 2) };
        var oracle = World(Full, first, second, third, first, second, third);
        Assert.Equal("19", Text(oracle));
        Assert.Equal(3, oracle.Duplicates);
    }

    [Fact]
    public void Tombstone_of_a_repeated_delete_does_not_end_the_row_that_has_come_again()
    {
        var delete = new OracleChange(0, OracleOp.Delete, "a", null, null, new(2, 0));
        var tombstone = new OracleChange(0, OracleOp.Tombstone, "a", null, null);
        Assert.Equal("6", Text(World(Stored, Add("a", 1, 5) with { Position = new(1, 0) }, delete, tombstone, Add("a", 3, 6) with { Position = new(3, 0) }, delete, tombstone)));
    }

    [Fact]
    public void Retraction_without_its_addition_changes_nothing_and_is_an_orphan()
    {
        var full = World(Full, Add("a", 1, 5), Delete("x", 1, 4));
        Assert.Equal(("5", 1), (Text(full), Assert.Single(full.Orphans)));
        var stored = World(Stored, new OracleChange(0, OracleOp.Update, "x", null, Image(1, 4)), new(0, OracleOp.Delete, "y", null, null));
        Assert.Equal("4", Text(stored));
        Assert.Equal([0, 1], stored.Orphans.ToArray());
    }

    [Fact]
    public void Snapshot_holds_the_watermark_and_nothing_in_it_is_late()
    {
        var view = View(OracleWindow.Tumbling(M)) with { Source = OracleSource.Full };
        OracleChange[] snapshot =
        [
            new(0, OracleOp.Read, "a", null, Image(9000), null, OracleSnapshot.Reading), new(0, OracleOp.Read, "b", null, Image(1), null, OracleSnapshot.Last),
        ];
        var oracle = World(view, [.. snapshot, Add("c", 2)]);
        Assert.Equal([null, null, 9000 * S], oracle.Arrivals.Select(a => a.Watermark));
        Assert.Equal([2], oracle.Late.Select(a => a.Index));
        Assert.Equal(oracle.Watermark, World(view, [snapshot[0], Add("c", 2)]).Watermark);
    }

    [Fact]
    public void Late_update_has_no_record_and_is_counted_when_nothing_takes_it()
    {
        var view = View(OracleWindow.Tumbling(M)) with { Source = OracleSource.Full };
        var oracle = World(view, Add("a", 1), Add("b", 9000), new(0, OracleOp.Update, "a", Image(1), Image(2)), new(0, OracleOp.Update, "b", Image(9000), Image(3)));
        Assert.Empty(oracle.Late);
        Assert.Equal(1, oracle.ExpiredChanges);
        Assert.Equal(0, Assert.Single(OracleClosedWindows.Of(oracle, view)).Start);
    }

    [Fact]
    public void Image_without_its_time_is_one_dead_letter_and_what_it_replaces_is_taken_out()
    {
        var timeless = Image(1, 9) with { Time = null };
        var oracle = World(Full, Add("a", 1, 5), new(0, OracleOp.Update, "a", Image(1, 5), timeless), new(0, OracleOp.Update, "a", timeless, Image(2, 6)));
        Assert.Equal([1], oracle.DeadLetters.ToArray());
        Assert.Empty(oracle.Orphans);
        Assert.Equal("6", Text(oracle));
    }

    [Fact]
    public void Image_that_the_filter_drops_counts_neither_when_added_nor_when_taken_out()
    {
        var view = Full with { Filter = new("v", ">", 5L) };
        Assert.Equal("9", Text(World(view, Add("a", 1, 5), Add("b", 1, 9), new(0, OracleOp.Delete, "a", Image(1, 5), null))));
        Assert.Equal(OracleStatus.NullValue, World(view, Add("b", 1, 9), new(0, OracleOp.Update, "b", Image(1, 9), Image(1, 2))).Read("k").Features[0].Status);
    }

    [Fact]
    public void Ties_of_time_go_by_the_greater_value_whatever_came_first()
    {
        foreach (var (function, value) in new[] { (OracleFunction.First, "8"), (OracleFunction.Last, "8"), (OracleFunction.LastN, "[8, 5]") })
        {
            var view = new OracleView([OracleWindow.Lifetime], [new("a", function, "v") { N = 2 }]) { Source = OracleSource.Full };
            Assert.Equal(value, Text(World(view, Add("a", 1, 5), Add("b", 1, 8), Add("c", 1, 3))));
        }
    }

    private static string Text(FeatureOracle oracle, string key = "k") => oracle.Read(key).Features[0].Value!.ToString();
}
