using Orleans.TestingHost;

namespace StreamForge.Cluster.Tests;

/// <summary>The least that the other tests build on: silos of this program's build can be started, added and killed in one process.</summary>
public sealed class SiloStarts
{
    [Fact]
    public async Task Two_silos_start_and_one_survives_the_other()
    {
        await using var cluster = new InProcessTestClusterBuilder(2).Build();
        await cluster.DeployAsync();
        await cluster.KillSiloAsync(cluster.Silos[1]);
        Assert.Single(cluster.Silos);
    }
}
