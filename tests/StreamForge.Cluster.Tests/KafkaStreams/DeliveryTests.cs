using StreamForge.Cluster.Tests.Fixture;
using StreamForge.Core;

namespace StreamForge.Cluster.Tests.KafkaStreams;

/// <summary>What the streams promise to a consumer: order, nothing skipped, any position again, and no more in memory than agreed.</summary>
public sealed class DeliveryTests
{
    private static string[] Lines(int partition, int count, int from = 0) => [.. Enumerable.Range(from, count).Select(i => $"{partition}:{i}")];

    [Fact]
    public async Task Each_partition_is_delivered_in_order_and_once_over_several_silos()
    {
        var topic = new MemoryTopic(6) { MaxRecords = 17 };
        for (var p = 0; p < 6; p++) topic.Write(p, Lines(p, 300));
        await using var streams = await StreamFixture.StartAsync(topic, silos: 2);
        for (var p = 0; p < 6; p++) topic.Write(p, Lines(p, 300, from: 300));
        for (var p = 0; p < 6; p++) await streams.TakenWholeAsync(p, Lines(p, 600));
    }

    [Fact]
    public async Task A_delivery_that_fails_is_repeated_until_it_is_taken()
    {
        var topic = new MemoryTopic(1) { MaxRecords = 10 };
        topic.Write(0, Lines(0, 200));
        var failures = 0;
        await using var streams = await StreamFixture.StartAsync(
            topic, onBatch: batch => batch.From % 50 == 0 && failures++ % 4 != 3 ? throw new InvalidOperationException("not now") : Task.CompletedTask);
        await streams.TakenWholeAsync(0, Lines(0, 200));
        Assert.True(failures >= 4);
        Assert.Equal(0, streams.Recorder.Refused);
    }

    [Fact]
    public async Task A_delivery_that_the_agent_gives_up_is_not_skipped()
    {
        var topic = new MemoryTopic(1) { MaxRecords = 10 };
        topic.Write(0, Lines(0, 200));
        var isAway = true;
        await using var streams = await StreamFixture.StartAsync(
            topic, giveUp: TimeSpan.FromMilliseconds(1), onBatch: batch => batch.From == 50 && isAway ? throw new InvalidOperationException("not now") : Task.CompletedTask);
        await streams.UntilAsync("batches have been passed over and refused", () => streams.Recorder.Refused >= 3);
        isAway = false;
        await streams.TakenWholeAsync(0, Lines(0, 200));
    }

    [Fact]
    public async Task The_last_batch_that_the_agent_gives_up_is_not_skipped_though_nothing_follows()
    {
        var topic = new MemoryTopic(1) { MaxRecords = 10 };
        topic.Write(0, Lines(0, 10));
        var isAway = true;
        await using var streams = await StreamFixture.StartAsync(
            topic, giveUp: TimeSpan.FromMilliseconds(1), onBatch: _ => isAway ? throw new InvalidOperationException("not now") : Task.CompletedTask);
        await streams.UntilAsync("a mark has shown the gap", () => streams.Recorder.Refused >= 1);
        isAway = false;
        await streams.TakenWholeAsync(0, Lines(0, 10));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(95)]
    [InlineData(100)]
    public async Task A_consumer_at_rest_goes_on_from_any_position_that_it_asks_for(long position)
    {
        var topic = new MemoryTopic(1) { MaxRecords = 10 };
        topic.Write(0, Lines(0, 100));
        await using var streams = await StreamFixture.StartAsync(topic);
        await streams.TakenWholeAsync(0, Lines(0, 100));
        await streams.Grains.GetGrain<IRecordingGrain>(StreamFixture.Stream(0)).RewindAsync(position);
        topic.Write(0, Lines(0, 20, from: 100));
        await streams.TakenWholeAsync(0, [.. Lines(0, 100), .. Lines(0, 120 - (int)position, from: (int)position)]);
    }

    [Fact]
    public async Task A_rewind_needs_nothing_new_to_be_heard()
    {
        var topic = new MemoryTopic(1) { MaxRecords = 10 };
        topic.Write(0, Lines(0, 100));
        await using var streams = await StreamFixture.StartAsync(topic);
        await streams.TakenWholeAsync(0, Lines(0, 100));
        await streams.Grains.GetGrain<IRecordingGrain>(StreamFixture.Stream(0)).RewindAsync(40);
        await streams.TakenWholeAsync(0, [.. Lines(0, 100), .. Lines(0, 60, from: 40)]);
    }

    [Fact]
    public async Task A_consumer_that_is_stuck_stops_the_polling_and_nothing_piles_up()
    {
        var topic = new MemoryTopic(1) { MaxRecords = 10 };
        topic.Write(0, Lines(0, 5_000));
        var stuck = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var streams = await StreamFixture.StartAsync(topic, onBatch: _ => stuck.Task);
        var most = StreamFixture.Options.Batches + 1;
        await streams.UntilAsync("the queue is full", () => topic.Batches == most);
        // Many heartbeats later it is still what the queue holds and the one that is being delivered.
        await streams.UntilAsync("time has passed", Passed(TimeSpan.FromSeconds(1)));
        Assert.Equal(most, topic.Batches);
        stuck.SetResult();
        await streams.TakenWholeAsync(0, Lines(0, 5_000));
    }

    [Fact]
    public async Task A_topic_that_cannot_be_opened_for_a_while_is_tried_again_and_one_that_never_can_is_told()
    {
        var topic = new MemoryTopic(1) { Failure = new StreamForgeException(ErrorKind.Unavailable, "the broker is away", retryable: true) };
        topic.Write(0, Lines(0, 10));
        await using var streams = await StreamFixture.StartAsync(topic);
        await streams.UntilAsync("it has been tried", () => streams.Log.Lines.Any(l => l.Contains("the broker is away", StringComparison.Ordinal)));
        Assert.Empty(streams.Recorder.Failures);
        topic.Failure = new StreamForgeException(ErrorKind.DataLoss, "offset 0 is gone");
        await streams.UntilAsync("the consumer has been told", () => streams.Recorder.Failures.Contains("offset 0 is gone"));
        topic.Failure = null;
        await streams.Grains.GetGrain<IRecordingGrain>(StreamFixture.Stream(0)).RewindAsync(0);
        await streams.TakenWholeAsync(0, Lines(0, 10));
    }

    private static Func<bool> Passed(TimeSpan time)
    {
        var started = TimeProvider.System.GetTimestamp();
        return () => TimeProvider.System.GetElapsedTime(started) >= time;
    }
}
