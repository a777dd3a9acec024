using System.Collections.Concurrent;
using StreamForge.Connectors.Kafka;
using StreamForge.Core;

namespace StreamForge.Integration.Tests.Kafka;

/// <summary>The poll thread by itself, as a host uses it.</summary>
public sealed class PollerTests
{
    private static readonly KafkaPollerLimits Small = new(MaxRecords: 100, MaxBytes: 1 << 20, Batches: 2, Headers: false);

    [ServiceFact(Topic.Need)]
    public async Task A_slow_reader_pauses_its_partition_bounds_what_waits_and_loses_nothing_while_others_go_on()
    {
        using var topic = await Topic.CreateAsync(partitions: 2);
        topic.Write(0, Workplace.Values(0, 5000));
        topic.Write(1, Workplace.Values(0, 5000));
        await using var poller = new KafkaPoller(topic.Connection, Small);
        await using var slow = await poller.OpenAsync(0, 0);
        await using var quick = await poller.OpenAsync(1, 0);
        await ReadAsync(quick, from: 0, to: 5000, _ => { });
        await Topic.UntilAsync(() => slow.IsPaused);
        Assert.Equal(Small.Batches, slow.Waiting);
        // Three times it is left until it is full again.
        var mostWaiting = 0;
        foreach (var to in (long[])[1000, 2000, 5000])
        {
            await ReadAsync(slow, from: to == 5000 ? 2000 : to - 1000, to, _ => mostWaiting = Math.Max(mostWaiting, slow.Waiting));
            if (to < 5000) await Topic.UntilAsync(() => slow.IsPaused);
        }
        Assert.InRange(mostWaiting, 0, Small.Batches);
        Assert.True(slow.Pauses >= 3);
        Assert.Equal(0, slow.Waiting);
    }

    [ServiceFact(Topic.Need)]
    public async Task Seeking_drops_what_waits_and_the_next_batch_follows_the_offset()
    {
        using var topic = await Topic.CreateAsync(partitions: 1);
        topic.Write(0, Workplace.Values(0, 1000));
        await using var poller = new KafkaPoller(topic.Connection, Small);
        await using var feed = await poller.OpenAsync(0, 500);
        foreach (var offset in (long[])[42, 900, 0, 500])
        {
            await feed.SeekAsync(0);
            await Topic.UntilAsync(() => feed.Waiting > 0);
            await feed.SeekAsync(offset);
            await ReadAsync(feed, offset, to: 1000, _ => { });
        }
        topic.Write(0, Workplace.Values(1000, 1));
        await ReadAsync(feed, from: 1000, to: 1001, _ => { });
    }

    [ServiceFact(Topic.Need)]
    public async Task An_offset_that_is_gone_ends_the_feed_with_a_sentence_and_the_others_go_on()
    {
        using var topic = await Topic.CreateAsync(partitions: 2);
        topic.Write(0, Workplace.Values(0, 100));
        topic.Write(1, Workplace.Values(0, 10));
        await topic.DeleteBeforeAsync(0, 60);
        await using var poller = new KafkaPoller(topic.Connection, Small);
        await using (var gone = await poller.OpenAsync(0, 10))
        {
            var error = await Assert.ThrowsAsync<StreamForgeException>(() => gone.ReadAsync(CancellationToken.None).AsTask());
            Assert.Equal(ErrorKind.DataLoss, error.Kind);
            Assert.Contains($"{topic.Name}/0 is to be read at offset 10, but the earliest available is 60", error.Message, StringComparison.Ordinal);
        }
        await using (var ahead = await poller.OpenAsync(0, 500))
        {
            var error = await Assert.ThrowsAsync<StreamForgeException>(() => ahead.ReadAsync(CancellationToken.None).AsTask());
            Assert.Contains($"{topic.Name}/0 is to be read at offset 500, but it ends at 100", error.Message, StringComparison.Ordinal);
        }
        await using var again = await poller.OpenAsync(0, 60);
        await using var other = await poller.OpenAsync(1, 0);
        await ReadAsync(again, from: 60, to: 100, _ => { });
        await ReadAsync(other, from: 0, to: 10, _ => { });
    }

    [ServiceFact(OwnBroker.Need)]
    public async Task Offsets_that_cannot_be_committed_are_a_warning()
    {
        await using var broker = await OwnBroker.StartAsync();
        using var topic = await Topic.CreateAsync(partitions: 1, broker.Address);
        topic.Write(0, Workplace.Values(0, 10));
        var warnings = new ConcurrentQueue<string>();
        await using (var poller = new KafkaPoller(topic.Connection, Small, warnings.Enqueue))
        {
            await using var feed = await poller.OpenAsync(0, 0);
            await ReadAsync(feed, 0, 10, _ => { });
            await broker.KillAsync();
            poller.Acknowledge(0, 10);
        }
        Assert.Contains(warnings, w => w.Contains("could not be committed", StringComparison.Ordinal));
    }

    /// <summary>Reads to an offset and checks that every batch follows the one before and every record comes once, in order.</summary>
    private static async Task ReadAsync(KafkaFeed feed, long from, long to, Action<KafkaRecords> look)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (from < to)
        {
            using var records = await feed.ReadAsync(timeout.Token);
            Assert.Equal(from, records.From);
            Assert.InRange(records.Count, 0, Small.MaxRecords);
            Assert.Equal(Enumerable.Range(0, records.Count).Select(i => from + i), Enumerable.Range(0, records.Count).Select(records.Offset));
            look(records);
            from = records.Next;
        }
        Assert.Equal(to, from);
    }
}
