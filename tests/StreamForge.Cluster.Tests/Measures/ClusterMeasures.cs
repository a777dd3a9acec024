using System.Diagnostics;
using StreamForge.Cluster.Tests.Fixture;
using StreamForge.Core;
using Xunit.Abstractions;

namespace StreamForge.Cluster.Tests.Measures;

/// <summary>
/// What a silo does with a hundred thousand keys; run where <c>STREAMFORGE_MEASURE</c> is set. Rates are by the processor's time, so that other work on the machine does not count; storage and topic are in this process,
/// and their work counts.
/// </summary>
public sealed class ClusterMeasures(ITestOutputHelper output)
{
    private const int Users = 100_000;

    [ServiceFact("STREAMFORGE_MEASURE")]
    public async Task One_silo_with_a_hundred_thousand_keys()
    {
        await using var cluster = await ClusterFixture.StartAsync(new ClusterSetup { Pipeline = Clicks.Pipeline, Silos = 1, MaxRecords = 10_000, FlushInterval = TimeSpan.FromSeconds(5), Tick = TimeSpan.FromSeconds(1) });
        await using var bystander = await ClusterFixture.StartAsync(new ClusterSetup { Pipeline = Clicks.Pipeline, Silos = 1 });
        var empty = GC.GetTotalMemory(forceFullCollection: true);

        Clicks.Feed(cluster, Users, Users);
        await MeasureAsync("first event of each key (activation, load)", Users, () => cluster.RestAsync());
        for (var round = 1; round <= 3; round++)
        {
            Clicks.Feed(cluster, 5 * Users, Users, from: (5 * round - 4) * Users);
            await MeasureAsync("further events, flushed every 5 s", 5 * Users, () => cluster.RestAsync());
        }
        await MeasureAsync("lookups of a key, one at a time", 200_000, () => LookUpAsync(cluster, 200_000, together: 1));
        await MeasureAsync("lookups of keys, 100 at a time", 500_000, () => LookUpAsync(cluster, 500_000, together: 100));

        Assert.Equal(Users, cluster.Pipeline().Batcher.Cells.Count(0));
        var state = await cluster.StateBytesAsync() / Users;
        cluster.Memory.Forget();
        cluster.Topic("clicks").Forget();
        output.WriteLine($"bytes a warm key: {(GC.GetTotalMemory(forceFullCollection: true) - empty) / Users}, of these state {state}");
    }

    private static async Task LookUpAsync(ClusterFixture cluster, int lookups, int together)
    {
        var reader = cluster.Pipeline().Features;
        var view = reader.Views[0];
        var keys = Enumerable.Range(0, Users).Select(u => (view, KeyCodec.FromText(view.Entity, new Dictionary<string, string>(StringComparer.Ordinal) { ["user_id"] = $"u{u}" }))).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(lane => Task.Run(async () =>
        {
            var row = new FeatureRow();
            for (var i = 0; i < lookups / 4; i += together)
            {
                var asked = new (ViewDescription, byte[])[together];
                for (var k = 0; k < together; k++) asked[k] = keys[(lane * 31_337 + i + k * 97) % Users];
                var gathered = await reader.GatherAsync(asked, CancellationToken.None);
                foreach (var (_, key) in asked) gathered.Read(view, key, null, row);
            }
        })));
    }

    private async Task MeasureAsync(string what, int count, Func<Task> work)
    {
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var started = Stopwatch.GetTimestamp();
        var allocated = GC.GetTotalAllocatedBytes();
        await work();
        var spent = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        output.WriteLine($"{what}: {count / spent.TotalSeconds:n0}/s of processor time ({spent.TotalMicroseconds / count:n1} us and {(GC.GetTotalAllocatedBytes() - allocated) / count:n0} bytes each), {Stopwatch.GetElapsedTime(started).TotalSeconds:n1} s elapsed");
    }
}
