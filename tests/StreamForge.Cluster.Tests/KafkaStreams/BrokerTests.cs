using StreamForge.Cluster.Tests.Fixture;
using StreamForge.Connectors.Clickstream;
using StreamForge.Connectors.Kafka;
using StreamForge.Core;
using StreamForge.Pipeline.Definitions;
using StreamForge.Silo.Pipelines;

namespace StreamForge.Cluster.Tests.KafkaStreams;

/// <summary>The streams over a real broker.</summary>
public sealed class BrokerTests
{
    private const string Need = "KAFKA_BOOTSTRAP";
    private const int Events = 20_000;

    [ServiceFact(Need)]
    public async Task A_topic_gives_what_the_embedded_host_makes_of_it_though_a_silo_is_killed()
    {
        var brokers = Environment.GetEnvironmentVariable(Need)!;
        var topic = $"test-{Guid.NewGuid():n}";
        var options = new ClickstreamOptions(Users: 500, Seed: 7);
        await KafkaEmitter.EmitAsync(options, Events / 2, paced: false, new KafkaTarget(brokers, topic), TimeProvider.System, null, CancellationToken.None);
        var connection = new KafkaConnection("clicks", new KafkaSourceOptions(brokers, topic, "json", KafkaStart.Earliest));
        var partitions = await KafkaProbe.PartitionsAsync(connection, CancellationToken.None);
        var pipeline = $$"""
            metadata: {name: clicks}
            sources:
              clicks:
                type: kafka
                connection: "{{brokers}}"
                topic: {{topic}}
                format: json
                event_time: event_time
                schema: [{name: user_id, type: string}, {name: event_type, type: string}, {name: price, type: "decimal(10,2)"}, {name: event_time, type: timestamptz}]
                watermark: {out_of_orderness: 1h}
            features:
              - view: activity
                input: clicks
                entity: [user_id]
                clock: event
                windows: [1h, lifetime]
                aggregates:
                  - {name: events, function: count}
                  - {name: spend, function: sum, of: price}
                  - {name: types, function: distinct, of: event_type}
            """;
        await using var cluster = await ClusterFixture.StartAsync(new ClusterSetup
        {
            Pipeline = pipeline,
            Silos = 2,
            Partitions = partitions.Length,
            OpenTopic = _ => new KafkaTopicPolls(connection, KafkaStart.Earliest, KafkaPollerLimits.Default with { MaxRecords = 500 }),
        });
        await cluster.UntilAsync("events have come", async () => await DurableAsync(cluster) > 0);
        await KafkaEmitter.EmitAsync(options, Events / 2, paced: false, new KafkaTarget(brokers, topic), TimeProvider.System, null, CancellationToken.None);
        await cluster.KillAsync(cluster.Cluster.Silos[1]);
        await cluster.UntilAsync("everything is durable", async () => await DurableAsync(cluster) == Events);
        var at = ClickstreamOptions.FixedStart + EventTime.Minute;
        Assert.Equal(await EmbeddedRun.FeaturesAsync(pipeline, at), await cluster.FeaturesAsync(at: at));
    }

    private static async Task<long> DurableAsync(ClusterFixture cluster) => (await cluster.Control.OverviewAsync(CancellationToken.None)).Reports.Sum(r => r?.Durable ?? 0);
}
