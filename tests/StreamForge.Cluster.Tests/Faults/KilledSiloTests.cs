using StreamForge.Cluster.Tests.Fixture;

namespace StreamForge.Cluster.Tests.Faults;

/// <summary>
/// A silo is killed while events flow: which one and when is the seed's choice, by the events taken so far or by the writes that the silo has begun, and then before the write takes effect or after it. Whoever it was, nothing is lost and nothing
/// counts twice, in features, in tables, in ledgers. One cluster bears several seeds: after each it is compared with the embedded host, and gets a new silo.
/// </summary>
public sealed class KilledSiloTests
{
    private const int Seeds = 10;
    private const int Lines = 800;

    [Fact]
    public Task After_any_of_ten_kills_at_rows_or_writes_nothing_is_lost_or_doubled() => KillAsync(from: 0);

    [Fact]
    public Task After_any_of_ten_more_kills_nothing_is_lost_or_doubled() => KillAsync(from: Seeds);

    private static async Task KillAsync(int from)
    {
        await using var cluster = await TestedCluster.StartAsync(new ClusterSetup { Pipeline = Shop.Pipeline(), Silos = 3, MaxRecords = 40 });
        var shop = new Shop();
        for (var seed = from; seed < from + Seeds; seed++)
        {
            var random = new Random(seed);
            var before = await cluster.ReceivedAsync();
            // Every third time it is the one with the most partitions.
            var victim = seed % 3 == 0 ? cluster.Busiest() : cluster.Silos[random.Next(cluster.Silos.Count)];
            var line = TestedCluster.Line(victim);
            var after = before + random.Next(Lines);
            if (seed % 2 == 0) line.CutAtWrite(1 + random.Next(8), takesEffect: random.Next(2) == 0);
            shop.Feed(cluster, Lines);
            await cluster.UntilAsync("the silo has come to where it crashes", async () =>
            {
                var received = await cluster.ReceivedAsync();
                if (seed % 2 == 0 ? line.Down.IsCompleted : received >= after) return "";
                // It goes on writing while events come.
                shop.Feed(cluster, lines: 20);
                return $"{received} of {after} events, {line.Writes} writes";
            });
            await cluster.KillAsync(victim);
            await cluster.HoldAsync($"seed {seed}");
            await cluster.Fixture.Cluster.StartAdditionalSiloAsync();
        }
    }
}
