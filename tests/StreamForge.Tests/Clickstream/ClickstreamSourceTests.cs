using System.Text;
using StreamForge.Connectors.Clickstream;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;

namespace StreamForge.Tests.Clickstream;

public sealed class ClickstreamSourceTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly long StartMicros = EventTime.FromDateTimeOffset(Start);
    private static readonly Schema Some = new([new Field("event_time", DataType.TimestampTz), new Field("price", DataType.Decimal(10, 2)), new Field("user_id", DataType.String)]);

    [Fact]
    public async Task A_bounded_number_of_events_comes_at_once_in_order_and_ends()
    {
        var source = Source(events: 25_000);
        await using var reader = source.Open(source.Partitions[0], PartitionCursor.Start, new ReadRequest(Some, 10_000, Bounded: true));

        var rows = await ReadAll(reader);

        Assert.Equal(25_000, rows.Count);
        Assert.Equal(Enumerable.Range(0, 25_000).Select(i => (long)i), rows.Select(row => row.Position));
        Assert.Equal(ReadState.Finished, (await reader.ReadAsync(CancellationToken.None)).State);
        Assert.Equal(1.0, reader.Progress);
    }

    [Fact]
    public async Task Without_a_rate_the_last_event_lies_at_the_first_start()
    {
        var source = Source(events: 10_000);
        await using var reader = source.Open(source.Partitions[0], PartitionCursor.Start, new ReadRequest(Some, 1000, Bounded: true));

        var rows = await ReadAll(reader);

        Assert.Equal(StartMicros - 10 * EventTime.Second, rows[0].Time);
        Assert.InRange(rows.Max(row => row.Time), StartMicros - 5000, StartMicros - 1);
    }

    [Fact]
    public async Task A_batch_has_the_columns_asked_for_and_the_raw_lines()
    {
        var source = Source(events: 1000);
        await using var reader = source.Open(source.Partitions[0], PartitionCursor.Start, new ReadRequest(Some, 100, Bounded: true));

        using var batch = (await reader.ReadAsync(CancellationToken.None)).Batch!;

        Assert.Equal(Some, batch.Batch.Schema);
        Assert.Equal(100, batch.Batch.Count);
        Assert.Empty(batch.DeadLetters);
        var users = (BytesColumn)batch.Batch["user_id"];
        for (var i = 0; i < 100; i++)
        {
            var raw = Encoding.UTF8.GetString(batch.Raw[i]);
            Assert.Contains($"\"event_id\":\"e-{i}\"", raw, StringComparison.Ordinal);
            Assert.Contains($"\"user_id\":\"{users.GetString(i)}\"", raw, StringComparison.Ordinal);
            Assert.Equal(raw.Contains("\"price\"", StringComparison.Ordinal), !batch.Batch["price"].IsNull(i));
        }
        Assert.Equal((100, 0.1), (batch.Next.Offset, reader.Progress));
    }

    [Fact]
    public async Task A_restart_from_any_cursor_gives_the_same_events_whatever_the_time()
    {
        var source = Source(events: 5000);
        await using var first = source.Open(source.Partitions[0], PartitionCursor.Start, new ReadRequest(Some, 700, Bounded: true));
        using var batch = (await first.ReadAsync(CancellationToken.None)).Batch!;
        var rest = await ReadAll(first);

        var later = new ClickstreamSource("clicks", new ClickstreamSourceOptions(null, 5000, 1000, 500, 7, 0.02), new ManualClock(Start + TimeSpan.FromDays(3)));
        await using var again = later.Open(later.Partitions[0], batch.Next, new ReadRequest(Some, 333, Bounded: true));

        Assert.Equal(rest, await ReadAll(again));
    }

    [Fact]
    public async Task With_a_rate_events_come_when_they_are_due_and_none_before()
    {
        var clock = new ManualClock(Start);
        var source = new ClickstreamSource("clicks", new ClickstreamSourceOptions(2000, null, 1000, 500, 7, 0), clock);
        await using var reader = source.Open(source.Partitions[0], PartitionCursor.Start, new ReadRequest(Some, 10_000, Bounded: false));

        var reading = reader.ReadAsync(CancellationToken.None).AsTask();
        Assert.False(reading.IsCompleted);
        clock.Move(TimeSpan.FromSeconds(1));
        var result = await reading;
        var reading2 = reader.ReadAsync(CancellationToken.None).AsTask();
        clock.Move(TimeSpan.FromMilliseconds(250));
        var result2 = await reading2;

        using (var batch = result.Batch!)
        using (var batch2 = result2.Batch!)
        {
            Assert.Equal((2000, 500), (batch.Batch.Count, batch2.Batch.Count));
            Assert.All(((Int64Column)batch.Batch["event_time"]).Values.ToArray(), time => Assert.InRange(time, StartMicros, StartMicros + EventTime.Second));
        }
        Assert.Null(reader.Progress);
    }

    [Fact]
    public async Task A_slow_stream_says_after_100_ms_that_there_is_nothing()
    {
        var clock = new ManualClock(Start) { MovesByItself = true };
        var source = new ClickstreamSource("clicks", new ClickstreamSourceOptions(1, null, 1000, 500, 7, 0), clock);
        await using var reader = source.Open(source.Partitions[0], PartitionCursor.Start, new ReadRequest(Some, 10_000, Bounded: false));

        var result = await reader.ReadAsync(CancellationToken.None);

        Assert.Equal(ReadState.Nothing, result.State);
        Assert.Equal(TimeSpan.FromMilliseconds(100), clock.GetUtcNow() - Start);
    }

    [Fact]
    public async Task After_a_pause_what_is_due_comes_at_once()
    {
        var clock = new ManualClock(Start + TimeSpan.FromHours(1));
        var source = new ClickstreamSource("clicks", new ClickstreamSourceOptions(100, null, 1000, 500, 7, 0), clock);
        await using var reader = source.Open(
            source.Partitions[0], new PartitionCursor("", 100, StartMicros.ToString()), new ReadRequest(Some, 5000, Bounded: false));

        using var batch = (await reader.ReadAsync(CancellationToken.None)).Batch!;

        Assert.Equal(5000, batch.Batch.Count);
        Assert.Equal(100, batch.Batch.Headers.Positions[0]);
        Assert.InRange(((Int64Column)batch.Batch["event_time"])[0], StartMicros + EventTime.Second, StartMicros + EventTime.Second + 10_000);
    }

    [Theory]
    [InlineData(3600, 100, 100, -10)] // an hour later: the next event moves up to ten seconds ago
    [InlineData(1, 100, 100, 0)] // at once: nothing moves
    [InlineData(1, 10, 100, 0)] // slowed down, what comes next would lie nine seconds ahead: it is due now
    public async Task With_a_limit_to_catching_up_the_rest_of_the_stream_moves_up_after_a_pause(int pause, double rate, long next, int expected)
    {
        var now = Start + TimeSpan.FromSeconds(pause);
        var options = new ClickstreamSourceOptions(rate, null, 1000, 500, 7, 0) { CatchUp = 10 * EventTime.Second };
        var source = new ClickstreamSource("clicks", options, new ManualClock(now) { MovesByItself = true });
        await using var reader = source.Open(source.Partitions[0], new PartitionCursor("", next, StartMicros.ToString()), new ReadRequest(Some, 5, Bounded: false));

        using var batch = (await reader.ReadAsync(CancellationToken.None)).Batch!;

        Assert.Equal(next, batch.Batch.Headers.Positions[0]);
        var wanted = StartMicros + (pause + expected) * EventTime.Second;
        Assert.InRange(((Int64Column)batch.Batch["event_time"])[0], wanted, wanted + EventTime.Second / 5);
        await using var again = source.Open(source.Partitions[0], batch.Next, new ReadRequest(Some, 5, Bounded: false));
        using var rest = (await again.ReadAsync(CancellationToken.None)).Batch!;
        Assert.InRange(((Int64Column)rest.Batch["event_time"])[0], wanted, wanted + EventTime.Second);
    }

    [Fact]
    public async Task With_a_limit_to_catching_up_events_without_a_pace_still_lead_up_to_now()
    {
        var now = Start + TimeSpan.FromDays(1);
        var options = new ClickstreamSourceOptions(null, 200, 1000, 500, 7, 0) { CatchUp = 0 };
        var source = new ClickstreamSource("clicks", options, new ManualClock(now));
        await using var reader = source.Open(source.Partitions[0], new PartitionCursor("", 100, StartMicros.ToString()), new ReadRequest(Some, 100, Bounded: true));

        using var batch = (await reader.ReadAsync(CancellationToken.None)).Batch!;

        var times = ((Int64Column)batch.Batch["event_time"]).Values;
        var end = StartMicros + EventTime.Day;
        Assert.InRange(times[0], end - EventTime.Second, end);
        Assert.InRange(times[99], end - 50_000, end);
    }

    [Fact]
    public async Task A_wait_can_be_cancelled()
    {
        var source = new ClickstreamSource("clicks", new ClickstreamSourceOptions(1, null, 1000, 500, 7, 0), new ManualClock(Start));
        await using var reader = source.Open(source.Partitions[0], PartitionCursor.Start, new ReadRequest(Some, 10, Bounded: false));
        using var cancellation = new CancellationTokenSource();

        var reading = reader.ReadAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
    }

    [Fact]
    public void A_stream_without_end_is_refused_for_a_bounded_run()
    {
        var source = Source(events: null);

        var error = Assert.Throws<StreamForgeException>(() => source.Open(source.Partitions[0], PartitionCursor.Start, new ReadRequest(Some, 10, Bounded: true)));

        Assert.Equal("the clickstream source clicks has no end; set 'events: N' to use --once", error.Message);
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }

    [Fact]
    public void A_position_of_something_else_is_refused()
    {
        var source = Source(events: 10);

        var error = Assert.Throws<StreamForgeException>(() => source.Open(source.Partitions[0], new PartitionCursor("", 5, "abc"), new ReadRequest(Some, 10, Bounded: true)));

        Assert.Equal(ErrorKind.Corrupt, error.Kind);
    }

    private static ClickstreamSource Source(long? events) =>
        new("clicks", new ClickstreamSourceOptions(null, events, 1000, 500, 7, 0.02), new ManualClock(Start));

    private static async Task<List<(long Position, long Time, string? User)>> ReadAll(IPartitionReader reader)
    {
        var rows = new List<(long, long, string?)>();
        while (true)
        {
            var result = await reader.ReadAsync(CancellationToken.None);
            if (result.State == ReadState.Finished) return rows;
            Assert.Equal(ReadState.Batch, result.State);
            using var batch = result.Batch!;
            Assert.Empty(batch.DeadLetters);
            var times = (Int64Column)batch.Batch["event_time"];
            var users = (BytesColumn)batch.Batch["user_id"];
            for (var i = 0; i < batch.Batch.Count; i++) rows.Add((batch.Batch.Headers.Positions[i], times[i], users.GetString(i)));
        }
    }
}
