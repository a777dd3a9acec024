using StreamForge.Cluster.Slices;
using StreamForge.Features.KeyState;
using StreamForge.Testing.Cluster;
using Xunit.Abstractions;

namespace StreamForge.Tests.Cluster.Simulation.Mutations;

/// <summary>The simulator finds what it is there to find: with any one rule of the protocol broken, by a port that does not keep it, some of the first seeds fail.</summary>
public class MutationTests(ITestOutputHelper output)
{
    private const int Seeds = 600;

    [Fact]
    public void Keys_without_a_fence() => Finds(new() { Content = _ => new KeysWithoutFence() });

    [Fact]
    public void Records_without_a_fence() => Finds(new() { Content = _ => new RecordsWithoutFence() });

    [Fact]
    public void Positions_that_are_not_kept_with_the_state() => Finds(new() { Content = p => new StateWithoutPositions(p) });

    [Fact]
    public void Windows_that_are_not_kept_with_the_state() => Finds(new() { Content = p => new StateWithoutWindows(p) });

    [Fact]
    public void Closed_windows_that_are_emitted_outside_of_the_transaction() => Finds(new() { Content = _ => new EmissionsOutsideTheTransaction() });

    [Fact]
    public void Outbox_entries_that_stay_after_their_commit() => Finds(new() { Content = _ => new OutboxThatKeeps() });

    [Fact]
    public void Bounds_of_time_that_are_not_kept() => Finds(new() { Content = _ => new RecordsWithoutBounds() });

    [Fact]
    public void Ledger_entries_outside_of_the_transaction() => Finds(new() { Content = _ => new LedgerOutsideTheTransaction() });

    [Fact]
    public void Slices_without_previous_positions() => Finds(new() { Receiver = (r, p, c) => new ReceiverOfOtherSlices(r, p, c, s => s with { Previous = 0 }) });

    [Fact]
    public void Rows_for_sinks_without_previous_positions() => Finds(new() { SinkWriter = w => new BrokenSinkWriter(w) { Rows = r => r with { Previous = 0 } } });

    [Fact]
    public void Keys_that_are_behind_and_nobody_hears_it() => Finds(new() { Receiver = (r, _, _) => new BrokenReceiver(r) { Answer = a => a with { IsBehind = false } } });

    [Fact]
    public void Answers_without_the_flush_that_makes_them_durable() => Finds(new() { Receiver = (r, _, _) => new BrokenReceiver(r) { Answer = a => a with { Flushes = [] } } });

    [Fact]
    public void Flushes_that_are_called_completed_before_they_are() => Finds(new() { Receiver = (r, _, _) => new BrokenReceiver(r) { Status = s => s with { Completed = s.Completed + 1 } } });

    [Fact]
    public void Keys_lost_to_a_fence_and_nobody_hears_it() => Finds(new() { Receiver = (r, _, _) => new BrokenReceiver(r) { Status = s => s with { LastLoss = 0 } } });

    [Fact]
    public void A_restarted_silo_that_keeps_its_id() => Finds(new() { KeepsSiloIds = true });

    [Fact]
    public void A_sinks_new_writer_that_is_taken_for_the_old_one() => Finds(new() { SinkWriter = w => new BrokenSinkWriter(w) { Incarnation = _ => Guid.Empty } });

    [Fact]
    public void Rows_that_can_be_seen_before_the_sinks_record_names_them() => Finds(new() { CommitsEarly = true });

    [Fact]
    public void Polls_that_are_taken_where_records_are_missing() => Finds(new() { Poll = (batch, received) => batch.From > received ? batch with { From = received } : batch });

    [Fact]
    public void Rows_that_take_out_and_are_taken_for_rows_that_add() => Finds(new() { Receiver = (r, p, c) => new ReceiverOfOtherSlices(r, p, c, WithoutOps) });

    [Fact]
    public void An_event_whose_images_are_split_over_two_slices() => Finds(new() { Receiver = (r, p, c) => new ReceiverOfOtherSlices(r, p, c, WithoutTheLastImage) });

    [Fact]
    public void Images_that_are_not_those_of_the_durable_position() => Finds(new() { Content = _ => new ImagesOfAnEarlierPosition() });

    [Fact]
    public void Images_outside_of_the_transaction() => Finds(new() { Content = _ => new ImagesOutsideTheTransaction() });

    [Fact]
    public void What_is_known_of_changes_and_not_kept() => Finds(new() { Content = _ => new RecordsWithoutChanges() });

    private static KeySlice WithoutOps(KeySlice slice) => slice with
    {
        Rows = new ViewRows { Times = slice.Rows.Times, Watermarks = slice.Rows.Watermarks, Orders = slice.Rows.Orders, Values = slice.Rows.Values, Conditions = slice.Rows.Conditions },
    };

    /// <summary>As a key takes it when the rest comes in a slice of its own, whose position it holds by then.</summary>
    private static KeySlice WithoutTheLastImage(KeySlice slice)
    {
        var last = slice.From + slice.Count - 1;
        return slice.Count > 1 && slice.Positions[last] == slice.Positions[last - 1] ? slice with { Count = slice.Count - 1 } : slice;
    }

    private void Finds(SimulationOptions broken)
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            if (SimulationRun.Failure(seed, broken with { RestSeconds = 200, Steps = 300_000 }, out _) is not { } failure) continue;
            output.WriteLine($"seed {seed}: {failure}");
            return;
        }
        Assert.Fail($"{Seeds} seeds have passed all the same");
    }
}
