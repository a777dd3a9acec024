using System.Text;
using StreamForge.Connectors.Clickstream;

namespace StreamForge.Cluster.Tests.Faults;

/// <summary>The clickstream through a topic: visitors, who are the topic's key, and products, which are not and which most events lack. One event in fifty comes late, some of them too late.</summary>
internal sealed class Visits
{
    public const string Source = "clicks";

    public const string Pipeline = """
        metadata: {name: visits}
        sources:
          clicks:
            type: kafka
            connection: "nowhere:9092"
            topic: clicks
            format: json
            event_time: event_time
            schema: [{name: event_id, type: string}, {name: event_type, type: string}, {name: user_id, type: string}, {name: session_id, type: string}, {name: product_id, type: string}, {name: category, type: string}, {name: price, type: "decimal(10,2)"}, {name: quantity, type: int}, {name: transaction_value, type: "decimal(12,2)"}, {name: page_url, type: string}, {name: referrer, type: string}, {name: device, type: string}, {name: country, type: string}, {name: event_time, type: timestamptz}]
            watermark: {out_of_orderness: 4s, allowed_lateness: 1m}
        transformations:
          - name: product_events
            type: sql_transform
            input: clicks
            sql: SELECT product_id, user_id, event_type, category, price * quantity AS value, event_time FROM {{ input }} WHERE product_id IS NOT NULL
            expect: [{must: "value IS NULL OR value < 1500"}]
        features:
          - view: users
            input: clicks
            entity: [user_id]
            clock: event
            windows: [1m, 30m, 1h, lifetime]
            aggregates:
              - {name: events, function: count}
              - {name: purchases, function: count, where: "event_type = 'purchase'"}
              - {name: spend, function: sum, of: transaction_value}
              - {name: highest, function: max, of: price}
              - {name: last_page, function: last, of: page_url}
              - {name: first_device, function: first, of: device}
          - view: products
            input: product_events
            entity: [product_id]
            clock: event
            windows: [5m, {tumbling: 5m}]
            aggregates:
              - {name: clicks, function: count}
              - {name: visitors, function: distinct, of: user_id}
              - {name: value, function: sum, of: value}
              - {name: mean, function: avg, of: value}
        sinks:
          clicks: {type: iceberg, input: clicks, table: visits.clicks, partition_by: [day(event_time)]}
        """;

    private readonly ClickstreamGenerator _generator = new(new ClickstreamOptions(Users: 300, Products: 80, Seed: 7, Late: 0.02, Rate: 2));
    private readonly byte[] _line = new byte[ClickstreamGenerator.MaxLineBytes];

    /// <summary>Writes the next events to the topic, each to its user's partition.</summary>
    public void Feed(TestedCluster cluster, int events)
    {
        var topic = cluster.Topic(Source);
        var lines = new List<(int Partition, string Line)>();
        for (var i = 0; i < events; i++)
        {
            var length = _generator.WriteNext(_line);
            lines.Add((_generator.LastUser % topic.Partitions, Encoding.UTF8.GetString(_line, 0, length - 1)));
        }
        foreach (var partition in lines.GroupBy(l => l.Partition, l => l.Line)) topic.Write(partition.Key, partition);
    }
}
