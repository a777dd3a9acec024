using Xunit;
using static StreamForge.Testing.Cluster.StorageSuite.Samples;

namespace StreamForge.Testing.Cluster.StorageSuite;

/// <summary>Several silos at once over the same keys and records.</summary>
public static class RaceCases
{
    private const int Keys = 1_000, Rounds = 8;

    public static async Task Of_two_writers_of_a_version_one_writes_each_key(StorageTrial trial)
    {
        Guid[] writers = [Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid()];
        var storages = await Task.WhenAll(writers.Select(_ => trial.OpenAsync().AsTask()));
        for (var round = 0; round < Rounds; round++)
        {
            // All write all keys over the same version, each in another order, one emission each.
            var results = await Task.WhenAll(storages.Select((storage, w) => Task.Run(async () =>
            {
                var order = Enumerable.Range(0, Keys).ToArray();
                new Random(round * 10 + w).Shuffle(order);
                var written = await storage.Keys.WriteAsync([.. order.Select(n => Write(Key(n), round, writers[w], $"{round} {w}", emissions: Row("lake", $"{n} {round} {w}")))], None);
                return order.Zip(written).Where(p => p.Second).Select(p => p.First).ToHashSet();
            })));
            Assert.Equal(Keys, results.Sum(r => r.Count));
            Assert.Equal(Keys, results.SelectMany(r => r).Distinct().Count());
            var stored = await storages[0].Keys.LoadAsync([.. Enumerable.Range(0, Keys).Select(n => Key(n))], None);
            for (var n = 0; n < Keys; n++)
            {
                var winner = Array.FindIndex(results, r => r.Contains(n));
                Assert.Equal((round + 1, writers[winner], $"{round} {winner}"), (stored[n]!.Version, stored[n]!.Writer, Text(stored[n]!.Content)));
            }
        }
        var entries = await storages[0].Records.OutboxAsync("lake", int.MaxValue, None);
        Assert.Equal(Keys * Rounds, entries.Select(e => Text(e.Payload)[..^2]).Distinct().Count());
        Assert.Equal(Keys * Rounds, entries.Count);
    }

    public static async Task Of_two_writers_of_a_record_one_writes_with_all_that_belongs_to_it(StorageTrial trial)
    {
        var storages = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => trial.OpenAsync().AsTask()));
        for (var round = 0; round < Rounds; round++)
        {
            var results = await Task.WhenAll(storages.Select((storage, w) => Task.Run(() =>
                storage.Records.TryWriteAsync(Record("partition/orders/3", round, Guid.NewGuid(), $"{w}", ledger: [Letter(round, $"{round} {w}")]), None).AsTask())));
            var winner = Assert.Single(results.Index().Where(r => r.Item)).Index;
            Assert.Equal($"{winner}", Text((await storages[0].Records.LoadAsync("partition/orders/3", None))!.Content));
            var (total, items) = await storages[0].Records.LedgerAsync(Core.LedgerKind.DeadLetters, backwards: true, 0, 1, None);
            Assert.Equal((round + 1, $"{round} {winner}"), (total, items[0]));
        }
    }
}
