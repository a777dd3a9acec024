using StreamForge.Cluster.KeyGroups;
using StreamForge.Cluster.Ports;
using StreamForge.Cluster.Tests.Fixture;
using StreamForge.Core;

namespace StreamForge.Cluster.Tests.Grains;

/// <summary>Where keys are active, and for how long.</summary>
public sealed class KeyTests
{
    private const int Users = 300;

    [Fact]
    public async Task Each_key_is_active_in_the_silo_that_owns_its_group()
    {
        await using var cluster = await ClusterFixture.StartAsync(new ClusterSetup { Pipeline = Clicks.Pipeline, Silos = 3 });
        // Silos that learn of each other one after another may place the first keys elsewhere.
        await cluster.UntilAsync("all silos know each other", () => Task.FromResult(cluster.Cluster.Silos.All(s => cluster.Pipeline(s).Cluster.Silos.Length == 3)));
        Clicks.Feed(cluster, 3_000, Users);
        await cluster.RestAsync();
        var owners = new PlacementTable(cluster.Pipeline().Cluster.Silos);
        var found = 0;
        foreach (var silo in cluster.Cluster.Silos)
        {
            var pipeline = cluster.Pipeline(silo);
            foreach (var key in await cluster.Memory.KeysOfAsync(0))
            {
                if (!pipeline.Batcher.Cells.TryGet(0, key, out var cell)) continue;
                Assert.Equal(pipeline.Cluster.Here, owners.Owner(cell.Id.Group));
                found++;
            }
        }
        Assert.Equal(Users, found);
    }

    [Fact]
    public async Task A_key_that_another_activation_has_written_ends_and_nothing_is_counted_twice()
    {
        await using var cluster = await ClusterFixture.StartAsync(new ClusterSetup { Pipeline = Clicks.Pipeline, Silos = 1 });
        Clicks.Feed(cluster, 600, Users);
        await cluster.RestAsync();
        var key = (await cluster.Memory.KeysOfAsync(0))[0];
        Assert.True(cluster.Pipeline().Batcher.Cells.TryGet(0, key, out var cell));

        // Somebody else, of whom this silo knows nothing, has the key and writes it.
        var id = new KeyId(0, key);
        var stored = (await cluster.Memory.LoadAsync([id], CancellationToken.None))[0]!;
        Assert.True((await cluster.Memory.WriteAsync([new KeyWrite(id, stored.Version, Guid.NewGuid(), stored.Content, 0, null, [])], CancellationToken.None))[0]);

        Clicks.Feed(cluster, 600, Users, from: 600);
        await cluster.RestAsync();
        Assert.False(cell.IsActive);
        Assert.True(cluster.Pipeline().Batcher.LostKeys > 0);
        Assert.Equal(1_200, await Clicks.CountAsync(cluster, Users));
    }

    [Fact]
    public async Task A_key_that_nobody_knows_does_not_stay_active()
    {
        await using var cluster = await ClusterFixture.StartAsync(new ClusterSetup { Pipeline = Clicks.Pipeline, Silos = 1 });
        Clicks.Feed(cluster, 10, users: 10);
        await cluster.RestAsync();
        Assert.Equal(FeatureStatus.NotFound, (await cluster.LookupAsync("activity", "nobody"))["events_lifetime"].Status);
        await cluster.UntilAsync("the unknown key has ended", () => Task.FromResult(cluster.Pipeline().Batcher.Cells.Count(0) == 10));
    }
}
