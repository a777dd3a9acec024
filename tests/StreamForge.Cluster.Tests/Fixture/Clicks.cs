using StreamForge.Core;

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

    /// <summary>The same with a sink of the clicks and one of the view's closed hours.</summary>
    public const string WithSinks = """
        metadata: {name: clicks}
        sources:
          clicks:
            type: kafka
            connection: "nowhere:9092"
            topic: clicks
            format: json
            event_time: at
            schema: [{name: user_id, type: string}, {name: page, type: string}, {name: price, type: "decimal(10,2)"}, {name: at, type: timestamptz}]
            watermark: {out_of_orderness: 1m}
        features:
          - view: hours
            input: clicks
            entity: [user_id]
            clock: event
            windows: [{tumbling: 10m}]
            aggregates:
              - {name: events, function: count}
        sinks:
          rows: {type: files, input: clicks, path: rows}
          windows: {type: files, input: hours, path: windows}
        """;

    public static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static string Event(int number, int users) =>
        $$"""{"user_id": "u{{number % users}}", "page": "p{{number % 7}}", "price": {{number % 1000}}.25, "at": "{{Start.AddSeconds(number):yyyy-MM-ddTHH:mm:ssZ}}"}""";

    /// <summary>The moment of an event, microseconds.</summary>
    public static long Micros(int number) => Start.AddSeconds(number).ToUnixTimeMilliseconds() * 1000;

    /// <summary>What the sink of clicks in <see cref="WithSinks"/> publishes of the first events: user, page, price and time, sorted.</summary>
    public static string[] Rows(int events, int users) =>
        [.. Enumerable.Range(0, events).Select(i => $"u{i % users} p{i % 7} {i % 1000}.25 {EventTime.Format(Micros(i))}").Order(StringComparer.Ordinal)];

    /// <summary>What its sink of windows publishes by then: user, beginning, events and revision of each window that the watermark has reached, sorted.</summary>
    public static string[] ClosedWindows(int events, int users)
    {
        var closed = (events - 60 - 4) / 600;
        return [.. Enumerable.Range(0, closed * 600).GroupBy(i => (User: i % users, Window: i / 600)).Select(w => $"u{w.Key.User} {EventTime.Format(Micros(w.Key.Window * 600))} {w.Count()} 0").Order(StringComparer.Ordinal)];
    }

    /// <summary>The sum of all users' counts.</summary>
    public static async Task<long> CountAsync(ClusterFixture cluster, int users, int silo = 0)
    {
        var sum = 0L;
        for (var user = 0; user < users; user++) sum += (await cluster.LookupAsync("activity", $"u{user}", silo))["events_lifetime"].Int64;
        return sum;
    }

    /// <summary>Writes events number <paramref name="from"/> and those after it; a user's all go to one partition.</summary>
    public static void Feed(ClusterFixture cluster, int events, int users, int from = 0)
    {
        var topic = cluster.Topic("clicks");
        foreach (var partition in Enumerable.Range(from, events).GroupBy(i => i % users % topic.Partitions)) topic.Write(partition.Key, partition.Select(i => Event(i, users)));
    }
}
