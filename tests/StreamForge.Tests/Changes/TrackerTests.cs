using StreamForge.Core;
using StreamForge.Pipeline.Changes;

namespace StreamForge.Tests.Changes;

public class TrackerTests
{
    private static readonly TableRow A = new(1, 10, "a", 1_000);
    private static readonly TableRow B = new(2, 20, "b", 2_000);

    [Fact]
    public void A_change_below_the_highest_position_has_come_before()
    {
        var log = new ChangeCase(stored: false);
        log.Take(Change.Create(A, 5), Change.Create(B, 6), Change.Create(A, 5));
        Assert.Equal(1, log.Duplicates);
        Assert.Equal(3, log.Events);
        Assert.Equal(2, log.Rows.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void At_the_highest_position_only_the_same_key_op_and_images_have_come_before(bool restarts)
    {
        var log = new ChangeCase(stored: false);
        log.Take(Change.Create(A, 5), Change.Create(B, 5));
        if (restarts) log.Restart();
        log.Take(Change.Create(B, 5), Change.Create(A with { Amount = 11 }, 5), Change.Delete(1, A, 5), Change.Create(A, 5));
        Assert.Equal(2, log.Duplicates);
        Assert.Equal([B, A with { Amount = 11 }], log.Table.Keys.OrderBy(r => -r.Id));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_a_column_says_of_the_record_does_not_make_a_change_that_was_sent_again_another(bool restarts)
    {
        var log = new ChangeCase(stored: false) { RecordColumns = [2] };
        log.Take(Change.Create(A with { Note = "offset 1" }, 5));
        if (restarts) log.Restart();
        log.Take(Change.Create(A with { Note = "offset 2" }, 5), Change.Create(A with { Amount = 11 }, 5));
        Assert.Equal(1, log.Duplicates);
        Assert.Equal(2, log.Rows.Count);
    }

    [Fact]
    public void Positions_compare_within_their_scope()
    {
        var log = new ChangeCase(stored: false);
        log.Take(
            Change.Create(A, 0) with { At = new SourcePosition(7, 100, 0, 0) },
            Change.Create(B, 0) with { At = new SourcePosition(8, 50, 0, 0) },
            Change.Create(B, 0) with { At = new SourcePosition(7, 60, 0, 0) });
        Assert.Equal(1, log.Duplicates);
    }

    [Fact]
    public void Changes_without_a_position_never_come_twice()
    {
        var log = new ChangeCase(stored: false);
        log.Take(Change.Create(A, 0) with { At = SourcePosition.None }, Change.Create(A, 0) with { At = SourcePosition.None });
        Assert.Equal(0, log.Duplicates);
        Assert.Equal(2, log.Table[A]);
    }

    [Fact]
    public void Streams_of_one_partition_have_positions_of_their_own()
    {
        var log = new ChangeCase(stored: false);
        log.Take(Change.Create(A, 100), Change.Create(B, 5) with { Stream = 1 });
        Assert.Equal(0, log.Duplicates);
    }

    [Fact]
    public void A_tombstone_behind_a_repeated_delete_is_repeated_too()
    {
        var log = new ChangeCase(stored: true);
        log.Take(Change.Create(A, 5), Change.Delete(1, null, 6), Change.Tombstone(1), Change.Create(A with { Amount = 12 }, 7));
        log.Take(Change.Create(A, 5), Change.Delete(1, null, 6), Change.Tombstone(1), Change.Create(A with { Amount = 12 }, 7));
        Assert.Equal(3, log.Duplicates);
        Assert.Equal([A with { Amount = 12 }], log.Table.Keys);
    }

    [Fact]
    public void A_new_tombstone_behind_a_repeated_block_is_new()
    {
        var log = new ChangeCase(stored: true);
        log.Take(Change.Create(A, 5), Change.Create(B, 6), Change.Create(A, 5), Change.Create(B, 6), Change.Tombstone(1));
        Assert.Equal([B], log.Table.Keys);
    }

    [Fact]
    public void A_tombstone_alone_is_a_delete_where_images_are_stored_and_nothing_elsewhere()
    {
        var stored = new ChangeCase(stored: true);
        stored.Take(Change.Create(A, 5), Change.Tombstone(1), Change.Tombstone(1));
        Assert.Empty(stored.Table);
        Assert.Equal((ChangeOp.Delete, A, false), stored.Rows[1]);
        Assert.Equal((2, 1), (stored.Events, stored.PassedOver));
        var sent = new ChangeCase(stored: false);
        sent.Take(Change.Create(A, 5), Change.Tombstone(1));
        Assert.Equal([A], sent.Table.Keys);
    }

    [Fact]
    public void An_update_is_the_old_image_and_then_the_new_one()
    {
        foreach (var stored in (bool[])[true, false])
        {
            var log = new ChangeCase(stored);
            log.Take(Change.Create(A, 5), Change.Update(stored ? null : A, A with { Amount = 11 }, 6));
            Assert.Equal([(ChangeOp.Create, A, false), (ChangeOp.Before, A, false), (ChangeOp.Update, A with { Amount = 11 }, false)], log.Rows);
        }
    }

    [Fact]
    public void A_value_that_was_not_sent_is_that_of_the_row_itself_and_not_of_one_that_left_at_the_same_position()
    {
        var log = new ChangeCase(stored: true);
        log.Take(Change.Create(A, 5), Change.Create(B, 6), Change.Delete(2, null, 7), Change.Update(null, A with { Amount = 11 }, 7) with { LacksNote = true });
        Assert.Equal([A with { Amount = 11 }], log.Table.Keys);
        Assert.Empty(log.Orphans);
    }

    [Fact]
    public void A_value_that_was_not_sent_with_an_update_under_a_new_key_is_that_of_the_row_that_left()
    {
        var log = new ChangeCase(stored: true);
        log.Take(Change.Create(A, 5), Change.Delete(1, null, 7), Change.Create(A with { Id = 3 }, 7) with { LacksNote = true });
        Assert.Equal([A with { Id = 3 }], log.Table.Keys);
        Assert.Empty(log.Orphans);
    }

    [Fact]
    public void Without_a_whole_old_image_updates_and_deletes_stop_the_pipeline()
    {
        foreach (var change in (Change[])[Change.Update(null, A, 6), Change.Delete(1, A, 6) with { IsWhole = false }])
        {
            var log = new ChangeCase(stored: false);
            var error = log.Stops(Change.Create(A, 5), change);
            Assert.Equal(ErrorKind.DataLoss, error.Kind);
            Assert.StartsWith("orders/0 at 1: ", error.Message, StringComparison.Ordinal);
            Assert.Contains("REPLICA IDENTITY FULL", error.Message, StringComparison.Ordinal);
            Assert.Contains("before: stored", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_repeated_update_without_its_old_image_does_not_stop_the_pipeline()
    {
        var log = new ChangeCase(stored: false);
        log.Take(Change.Create(A, 5), Change.Update(null, A, 4));
        Assert.Equal(1, log.Duplicates);
    }

    [Fact]
    public void Without_stored_images_a_truncate_stops_the_pipeline()
    {
        var log = new ChangeCase(stored: false);
        Assert.Contains("truncated", log.Stops(Change.Create(A, 5), Change.Truncate(6)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SnapshotPhase.Reading)]
    [InlineData(SnapshotPhase.Incremental)]
    public void Without_stored_images_rows_that_are_read_again_stop_the_pipeline(SnapshotPhase phase)
    {
        var log = new ChangeCase(stored: false);
        log.Take(Change.Read(A), Change.Read(B, SnapshotPhase.Last));
        Assert.Contains("before: stored", log.Stops(Change.Read(A, phase, at: 9)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void With_stored_images_reads_and_creates_replace_what_is_there()
    {
        var log = new ChangeCase(stored: true);
        log.Take(Change.Create(A, 5), Change.Read(A with { Amount = 11 }, SnapshotPhase.Incremental), Change.Create(A with { Amount = 12 }, 6));
        Assert.Equal([A with { Amount = 12 }], log.Table.Keys);
        Assert.Empty(log.Orphans);
    }

    [Fact]
    public void A_row_that_is_read_again_unchanged_changes_nothing()
    {
        var log = new ChangeCase(stored: true);
        log.Take(Change.Create(A, 5), Change.Read(A, SnapshotPhase.Incremental));
        Assert.Single(log.Rows);
    }

    [Fact]
    public void With_stored_images_a_truncate_takes_out_all_rows_once()
    {
        var log = new ChangeCase(stored: true);
        log.Take(Change.Create(A, 5), Change.Create(B, 6), Change.Truncate(7), Change.Create(B, 8), Change.Truncate(7));
        Assert.Equal([B], log.Table.Keys);
        Assert.Equal((1, 1), (log.Truncates, log.Duplicates));
    }

    [Fact]
    public void A_truncate_of_a_table_in_several_partitions_stops_the_pipeline()
    {
        Assert.Contains("one partition", new ChangeCase(stored: true, partitions: 3).Stops(Change.Truncate(7)).Message, StringComparison.Ordinal);
        Assert.Contains("one partition", new ChangeCase(stored: true).Stops(Change.Create(A, 5), Change.Truncate(7) with { Stream = 1 }).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_that_was_not_sent_is_that_of_the_stored_image()
    {
        var log = new ChangeCase(stored: true);
        log.Take(Change.Create(A, 5));
        log.Restart();
        log.Take(Change.Update(null, A with { Amount = 11 }, 6) with { LacksNote = true });
        Assert.Equal([A with { Amount = 11 }], log.Table.Keys);
        Assert.Equal([A with { Amount = 11 }], log.Stored());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_value_that_was_not_sent_with_a_new_key_is_that_of_the_row_under_the_old_one(bool restarts)
    {
        var log = new ChangeCase(stored: true);
        log.Take(Change.Create(A, 5), Change.Delete(1, null, 6), Change.Tombstone(1));
        if (restarts) log.Restart();
        log.Take(Change.Create(A with { Id = 3 }, 6) with { LacksNote = true });
        Assert.Equal([A with { Id = 3 }], log.Table.Keys);
        Assert.Empty(log.Orphans);
    }

    [Fact]
    public void A_value_that_nobody_knows_is_an_orphan_and_counts_as_null()
    {
        var log = new ChangeCase(stored: true);
        log.Take(Change.Create(A, 5), Change.Delete(1, null, 6), Change.Create(B, 7) with { LacksNote = true });
        Assert.Equal([B with { Note = null }], log.Table.Keys);
        Assert.Contains("note", Assert.Single(log.Orphans).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_that_was_not_sent_is_that_of_the_old_image_where_that_comes_whole()
    {
        var log = new ChangeCase(stored: false);
        log.Take(Change.Create(A, 5), Change.Update(A, A with { Amount = 11 }, 6) with { LacksNote = true });
        Assert.Equal([A with { Amount = 11 }], log.Table.Keys);
    }

    [Fact]
    public void An_update_of_an_unknown_row_is_an_orphan_and_its_new_image_counts()
    {
        var log = new ChangeCase(stored: true);
        log.Take(Change.Update(null, A, 5), Change.Delete(2, null, 6), Change.Update(null, A with { Amount = 11 }, 7));
        Assert.Equal([A with { Amount = 11 }], log.Table.Keys);
        Assert.Equal(["orphan: an update of the row with the key 1,", "orphan: a delete of the row with the key 2,"], log.Orphans.Select(o => o.Reason![..(o.Reason!.IndexOf(',', StringComparison.Ordinal) + 1)]));
        Assert.Equal([A.At, EventTime.MinValue], log.Orphans.Select(o => o.EventTime));
    }

    [Fact]
    public void A_new_image_that_cannot_be_decoded_leaves_nothing_to_take_out()
    {
        var log = new ChangeCase(stored: true);
        log.Take(Change.Create(A, 5), Change.Update(null, A, 6) with { IsUndecodable = true }, Change.Delete(1, null, 7));
        Assert.Empty(log.Table);
        Assert.Empty(log.Orphans);
        Assert.Equal([ChangeOp.Create, ChangeOp.Before], log.Rows.Select(r => r.Op));
    }

    [Fact]
    public void An_old_image_that_cannot_be_decoded_takes_nothing_out()
    {
        var log = new ChangeCase(stored: false);
        log.Take(Change.Update(A, B, 6) with { IsUndecodable = true, IsWhole = true }, Change.Delete(1, A, 7) with { IsUndecodable = true });
        Assert.Empty(log.Rows);
    }

    [Fact]
    public void Stored_images_need_a_key()
    {
        var error = new ChangeCase(stored: true).Stops(Change.Create(A, 5) with { Key = null });
        Assert.Contains("before: stored keeps rows by their primary key", error.Message, StringComparison.Ordinal);
        new ChangeCase(stored: true).Take(Change.Tombstone(null));
    }

    [Fact]
    public void What_is_no_change_of_a_row_is_passed_over()
    {
        var log = new ChangeCase(stored: true);
        log.Take(new Change(ChangeKind.Other, null), Change.Create(A, 5));
        Assert.Equal((1, 1), (log.PassedOver, log.Events));
    }

    [Fact]
    public void Keys_are_shown_as_people_write_them()
    {
        byte[] key = [.. ChangeCase.KeyOf(-4), (byte)'s', 2, (byte)'D', (byte)'E', (byte)'b', 1];
        Assert.Equal("(-4, 'DE', true)", KeyText.Of(key));
    }
}
