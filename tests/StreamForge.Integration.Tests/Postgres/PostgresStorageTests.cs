using StreamForge.Testing.Cluster.StorageSuite;

namespace StreamForge.Integration.Tests.Postgres;

public class PostgresStorageTests
{
    public static IEnumerable<object[]> Cases => StorageCases.Names;

    [ServiceTheory(PostgresTrial.Need), MemberData(nameof(Cases))]
    public async Task Storage_keeps_its_contract(string name)
    {
        await using var trial = await PostgresTrial.StartAsync();
        await StorageCases.RunAsync(name, trial);
    }
}
