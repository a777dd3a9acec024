namespace StreamForge.Cluster.Tests.Fixture;

/// <summary>A pipeline of clicks and events for it: the i-th is by user i modulo users, a second after the one before.</summary>
internal static class Clicks
{
    public const string Pipeline = """
        metadata: {name: clicks}
        sources:
          clicks:
            type: kafka
            connection: "nowhere:9092"
            topic: clicks
            format: json
            event_time: at
            schema: [{name: user_id, type: string}, {name: page, type: string}, {name: price, type: "decimal(10,2)"}, {name: at, type: timestamptz}]
            watermark: {out_of_orderness: 1h}
        features:
          - view: activity
            input: clicks
            entity: [user_id]
            clock: event
            windows: [1h, 1d, lifetime]
            aggregates:
              - {name: events, function: count}
              - {name: spend, function: sum, of: price}
              - {name: pages, function: distinct, of: page}
        """;

    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static string Event(int number, int users) =>
        $$"""{"user_id": "u{{number % users}}", "page": "p{{number % 7}}", "price": {{number % 1000}}.25, "at": "{{Start.AddSeconds(number):yyyy-MM-ddTHH:mm:ssZ}}"}""";

    /// <summary>Writes events number <paramref name="from"/> and those after it; a user's all go to one partition.</summary>
    public static void Feed(ClusterFixture cluster, int events, int users, int from = 0)
    {
        var topic = cluster.Topic("clicks");
        foreach (var partition in Enumerable.Range(from, events).GroupBy(i => i % users % topic.Partitions)) topic.Write(partition.Key, partition.Select(i => Event(i, users)));
    }
}
