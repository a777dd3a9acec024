using StreamForge.Core;
using Xunit;
using static StreamForge.Testing.Cluster.StorageSuite.Samples;

namespace StreamForge.Testing.Cluster.StorageSuite;

/// <summary>Records, and what happens in the transactions that write them.</summary>
public static class RecordCases
{
    public static async Task A_record_is_written_over_the_version_that_it_names(StorageTrial trial)
    {
        var (storage, me, other) = (await trial.OpenAsync(), Guid.NewGuid(), Guid.NewGuid());
        Assert.Null(await storage.Records.LoadAsync("pipeline", None));
        Assert.True(await storage.Records.TryWriteAsync(Record("pipeline", 0, me, "{\"order\":\"run\"}"), None));
        Assert.False(await storage.Records.TryWriteAsync(Record("pipeline", 0, other), None));
        Assert.False(await storage.Records.TryWriteAsync(Record("pipeline", 2, other), None));
        Assert.False(await storage.Records.TryWriteAsync(Record("sink/lake", 1, other), None));
        Assert.True(await storage.Records.TryWriteAsync(Record("pipeline", 1, me, "{\"order\":\"stop\"}"), None));
        var stored = await (await trial.OpenAsync()).Records.LoadAsync("pipeline", None);
        Assert.Equal((2, me, "{\"order\":\"stop\"}"), (stored!.Version, stored.Writer, Text(stored.Content)));
        Assert.Null(await storage.Records.LoadAsync("sink/lake", None));
    }

    public static async Task Records_are_listed_by_what_their_names_begin_with(StorageTrial trial)
    {
        var (storage, me) = (await trial.OpenAsync(), Guid.NewGuid());
        foreach (var name in new[] { "partition/orders/10", "partition/orders/2", "partition/or%ers/1", "sink/lake", "pipeline" }) await storage.Records.TryWriteAsync(Record(name, 0, me, name), None);
        Assert.Equal(["partition/orders/10", "partition/orders/2"], (await storage.Records.ListAsync("partition/orders/", None)).Select(r => r.Name));
        Assert.Equal(["partition/or%ers/1"], (await storage.Records.ListAsync("partition/or%", None)).Select(r => Text(r.Record.Content)));
        Assert.Equal(5, (await storage.Records.ListAsync("", None)).Count);
        Assert.Empty(await storage.Records.ListAsync("nothing", None));
    }

    public static async Task A_record_that_lost_its_fence_appends_nothing_and_consumes_nothing(StorageTrial trial)
    {
        var (storage, me, other) = (await trial.OpenAsync(), Guid.NewGuid(), Guid.NewGuid());
        await storage.WriteAsync(Write(Key(1), 0, me, emissions: [Row("lake", "a"), Row("lake", "b"), Row("bus", "c")]));
        var waiting = await storage.Records.OutboxAsync("lake", 10, None);
        await storage.Records.TryWriteAsync(Record("sink/lake", 0, me), None);
        Assert.False(await storage.Records.TryWriteAsync(Record("sink/lake", 0, other, ledger: [Letter(1, "lost")], consumed: waiting[0].Id), None));
        Assert.False(await storage.Records.TryWriteAsync(Record("sink/lake", 9, other, ledger: [Letter(1, "lost")], consumed: waiting[0].Id), None));
        Assert.Equal(["a", "b"], await storage.OutboxAsync("lake"));
        Assert.Equal(0, (await storage.Records.LedgerAsync(LedgerKind.DeadLetters, false, 0, 10, None)).Total);
        Assert.True(await storage.Records.TryWriteAsync(Record("sink/lake", 1, me, ledger: [Letter(1, "kept")], consumed: waiting[0].Id), None));
        Assert.Equal(["b"], await storage.OutboxAsync("lake"));
        Assert.Equal(["c"], await storage.OutboxAsync("bus"));
        Assert.Equal(["kept"], (await storage.Records.LedgerAsync(LedgerKind.DeadLetters, false, 0, 10, None)).Items);
    }

    public static async Task The_outbox_gives_the_oldest_entries_of_a_sink_and_forgets_what_is_consumed(StorageTrial trial)
    {
        var (storage, me) = (await trial.OpenAsync(), Guid.NewGuid());
        for (var n = 0; n < 5; n++) await storage.Keys.WriteAsync([.. Enumerable.Range(0, 400).Select(k => Write(Key(k), n, me, emissions: Row("lake", $"{n}")))], None);
        var taken = 0;
        for (var version = 0; await storage.Records.OutboxAsync("lake", 300, None) is { Count: > 0 } entries; version++)
        {
            Assert.Equal(entries.OrderBy(e => e.Id), entries);
            Assert.Equal(Enumerable.Range(taken, entries.Count).Select(i => $"{i / 400}"), entries.Select(e => Text(e.Payload)));
            taken += entries.Count;
            Assert.True(await storage.Records.TryWriteAsync(Record("sink/lake", version, me, $"{taken}", consumed: [.. entries.Select(e => e.Id)]), None));
        }
        Assert.Equal(2000, taken);
    }

    public static async Task Ledgers_are_read_from_both_ends_and_apart(StorageTrial trial)
    {
        var (storage, me) = (await trial.OpenAsync(), Guid.NewGuid());
        for (var n = 0; n < 10; n++)
        {
            // Two branches may refuse one event: it then has two entries.
            await storage.Records.TryWriteAsync(
                Record("partition/orders/3", n, me, ledger: [Letter(n, $"{{\"n\": {n}, \"raw\": \"é\\\"\"}}"), Letter(n, $"{n} again"), Letter(n, $"late {n}", LedgerKind.Late)]), None);
        }
        async Task<string[]> ReadAsync(LedgerKind ledger, bool backwards, long skip, int limit, int total)
        {
            var read = await storage.Records.LedgerAsync(ledger, backwards, skip, limit, None);
            Assert.Equal(total, read.Total);
            return [.. read.Items];
        }

        Assert.Equal(["{\"n\": 0, \"raw\": \"é\\\"\"}", "0 again", "{\"n\": 1, \"raw\": \"é\\\"\"}"], await ReadAsync(LedgerKind.DeadLetters, backwards: false, 0, 3, 20));
        Assert.Equal(["8 again", "{\"n\": 8, \"raw\": \"é\\\"\"}"], await ReadAsync(LedgerKind.DeadLetters, backwards: true, 2, 2, 20));
        Assert.Equal(["late 8", "late 9"], await ReadAsync(LedgerKind.Late, backwards: false, 8, 100, 10));
        Assert.Empty(await ReadAsync(LedgerKind.Late, backwards: true, 10, 100, 10));
    }
}
