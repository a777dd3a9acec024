using StreamForge.Testing.Cluster.StorageSuite;

namespace StreamForge.Tests.Cluster.StorageSuite;

public class StorageContentTests
{
    public static IEnumerable<object[]> Cases => StorageCases.Names;

    [Theory, MemberData(nameof(Cases))]
    public async Task Simulated_content_keeps_the_contract_that_PostgreSQL_keeps(string name)
    {
        await using var trial = new ContentTrial();
        await StorageCases.RunAsync(name, trial);
    }

    [Theory, MemberData(nameof(Cases))]
    public async Task Storage_of_a_node_without_a_database_keeps_it_too(string name)
    {
        await using var trial = new MemoryTrial();
        await StorageCases.RunAsync(name, trial);
    }
}
