using StreamForge.Core;

namespace StreamForge.Tests.Changes;

public class SnapshotTests
{
    private static readonly TableRow A = new(1, 10, "a", 1_000);
    private static readonly TableRow B = new(2, 20, "b", 2_000);

    [Fact]
    public void Without_stored_images_a_snapshot_that_begins_anew_stops_the_pipeline()
    {
        var log = new ChangeCase(stored: false);
        log.Take(Change.Read(A, at: 3));
        Assert.Contains("second snapshot", log.Stops(Change.Read(A, at: 4)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rows_of_one_snapshot_may_have_positions_of_their_own(bool restarts)
    {
        var log = new ChangeCase(stored: false);
        log.Take(Change.Read(A, SnapshotPhase.First, at: 3));
        if (restarts) log.Restart();
        log.Take(Change.Read(B, at: 4), Change.Read(new TableRow(3, 30, null, 3_000), SnapshotPhase.Last, at: 5), Change.Create(new TableRow(4, 40, null, 4_000), 6));
        Assert.Equal(4, log.Table.Count);
        Assert.Equal([true, true, true, false], log.Rows.Select(r => r.IsHeld));
    }

    [Fact]
    public void A_snapshot_that_begins_anew_with_a_new_row_is_seen_when_a_row_comes_again()
    {
        var log = new ChangeCase(stored: false);
        log.Take(Change.Read(A, SnapshotPhase.First, at: 3), Change.Read(B, at: 3), Change.Read(new TableRow(3, 30, null, 3_000), at: 4));
        log.Restart();
        Assert.Contains("second snapshot", log.Stops(Change.Read(A, at: 4)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_snapshot_that_says_that_it_begins_at_another_position_is_another()
    {
        var log = new ChangeCase(stored: false);
        log.Take(Change.Read(A, SnapshotPhase.First, at: 3));
        Assert.Contains("second snapshot", log.Stops(Change.Read(B, SnapshotPhase.First, at: 4)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void In_a_snapshot_longer_than_what_is_remembered_positions_go_on_as_they_began()
    {
        var rows = Enumerable.Range(1, 4_096 + 10).Select(static i => new TableRow(i, i, null, i)).ToArray();
        var one = new ChangeCase(stored: false);
        one.Take([.. rows.Select(static r => Change.Read(r, at: 3))]);
        Assert.Contains("second snapshot", one.Stops(Change.Read(new TableRow(9_999, 1, null, 1), at: 4)).Message, StringComparison.Ordinal);
        var each = new ChangeCase(stored: false);
        each.Take([.. rows.Select(static r => Change.Read(r, at: (ulong)r.Id)), Change.Read(new TableRow(9_999, 1, null, 1), at: 9_999)]);
        Assert.Equal(rows.Length + 1, each.Table.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_read_that_no_snapshot_claims_adds_its_row_among_changes(bool stored)
    {
        var log = new ChangeCase(stored);
        log.Take(Change.Create(A, 5), Change.Read(B, SnapshotPhase.None), Change.Update(A, A with { Amount = 11 }, 6));
        Assert.Equal([A with { Amount = 11 }, B], log.Table.Keys.OrderBy(static r => r.Id));
        Assert.Equal([false, false], log.Rows.Take(2).Select(r => r.IsHeld));
    }

    [Fact]
    public void Rows_of_the_first_snapshot_are_held_until_it_ends()
    {
        var ends = new ChangeCase(stored: false);
        ends.Take(Change.Read(A), Change.Read(B, SnapshotPhase.Last), Change.Create(A, 5));
        Assert.Equal([true, true, false], ends.Rows.Select(r => r.IsHeld));
        var isLeft = new ChangeCase(stored: false);
        isLeft.Take(Change.Read(A));
        isLeft.Restart();
        isLeft.Take(Change.Read(B), Change.Create(A, 5));
        Assert.Equal([true, true, false], isLeft.Rows.Select(r => r.IsHeld));
    }

    [Fact]
    public void Rows_that_a_second_snapshot_has_not_seen_are_said()
    {
        var log = new ChangeCase(stored: true);
        log.Take(Change.Read(A), Change.Read(B, SnapshotPhase.Last), Change.Create(new TableRow(3, 30, null, 3_000), 5));
        log.Restart();
        log.Take(Change.Read(B, at: 6), Change.Read(new TableRow(3, 30, null, 3_000), SnapshotPhase.Last, at: 6));
        var orphan = Assert.Single(log.Orphans);
        Assert.Contains("the row with the key 1 was not in the snapshot", orphan.Reason, StringComparison.Ordinal);
        Assert.Contains("\"amount\":10", System.Text.Encoding.UTF8.GetString(orphan.Raw), StringComparison.Ordinal);
        Assert.Equal(3, log.Table.Count);
    }

    [Fact]
    public void A_second_snapshot_that_ends_with_a_streamed_change_is_judged_before_that_change()
    {
        var log = new ChangeCase(stored: true);
        log.Take(Change.Read(A), Change.Read(B, SnapshotPhase.Last), Change.Read(B, at: 6), Change.Delete(1, null, 7));
        Assert.Contains("key 1", Assert.Single(log.Orphans).Reason, StringComparison.Ordinal);
        Assert.Equal([B], log.Table.Keys);
    }

    [Fact]
    public void Positions_begin_anew_with_a_second_snapshot()
    {
        var log = new ChangeCase(stored: true);
        log.Take(Change.Read(A, SnapshotPhase.Last), Change.Create(B, 50), Change.Read(A, at: 60), Change.Read(B, SnapshotPhase.Last, at: 60));
        log.Take(Change.Update(null, A with { Amount = 11 }, 0) with { At = new SourcePosition(0, 0, 61, 0) });
        Assert.Equal(0, log.Duplicates);
        Assert.Contains(A with { Amount = 11 }, log.Table.Keys);
    }
}
