namespace StreamForge.Integration.Tests.Kafka;

/// <summary>Late events of a topic, put right from the history that it still holds.</summary>
public sealed class LateReplayTests : IDisposable
{
    private readonly Workplace _work = new();

    public void Dispose() => _work.Dispose();

    private async Task<string> RunAsync(Topic topic, string start)
    {
        await File.WriteAllTextAsync(_work.PathOf("pipeline.yaml"), $$"""
            metadata: {name: late}
            sources:
              clicks: {type: kafka, connection: "{{topic.Brokers}}", topic: {{topic.Name}}, consumer_group: {{topic.Group}}, start_offset: {{start}}, format: json, event_time: t, watermark: {out_of_orderness: 0s}, schema: [{name: id, type: bigint}, {name: t, type: timestamptz, unit: s}]}
            features:
              - {view: v, input: clicks, entity: [id], windows: [{tumbling: 1m}], aggregates: [{name: n, function: count}]}
            sinks:
              closed: {type: files, input: v, path: out}
            """);
        return (await _work.RunOnceAsync()).GetRawText();
    }

    private static string[] Values(params int[] seconds) => [.. seconds.Select(s => $"{{\"id\": 1, \"t\": {1_700_000_000 + s}}}")];

    private string[] Windows() => [.. _work.Written().Select(Workplace.Json).Select(r => $"{r.GetProperty("window_start")} {r.GetProperty("revision")} {r.GetProperty("n")}").Order(StringComparer.Ordinal)];

    [ServiceFact(Topic.Need)]
    public async Task The_topic_is_read_from_where_the_state_began_to_where_it_stands_and_the_group_hears_nothing_of_it()
    {
        using var topic = await Topic.CreateAsync(partitions: 1);
        topic.Write(0, Values(0, 1, 2));
        await RunAsync(topic, "latest");
        topic.Write(0, Values(10, 600, 20, 900));
        await RunAsync(topic, "latest");
        Assert.Equal(["2023-11-14T22:13:00Z 0 1", "2023-11-14T22:23:00Z 0 1"], Windows());
        // What has come since is none of the state's.
        topic.Write(0, Values(30));
        var committed = topic.Committed(1);
        var replay = await _work.RunAsync("late", "replay");
        Assert.True(replay.Code == 0, replay.Errors);
        Assert.Equal(["2023-11-14T22:13:00Z 0 1", "2023-11-14T22:13:00Z 1 2", "2023-11-14T22:23:00Z 0 1"], Windows());
        Assert.Equal(committed, topic.Committed(1));
    }

    [ServiceFact(Topic.Need)]
    public async Task What_retention_has_removed_is_said_and_nothing_changes()
    {
        using var topic = await Topic.CreateAsync(partitions: 1);
        topic.Write(0, Values(0, 600, 20, 900));
        await RunAsync(topic, "earliest");
        var before = Windows();
        await topic.DeleteBeforeAsync(0, 2);
        var replay = await _work.RunAsync("late", "replay");
        Assert.NotEqual(0, replay.Code);
        Assert.Contains($"the history of clicks from offset 0 of {topic.Name}/0 on is not there any more: the earliest available is 2", replay.Errors, StringComparison.Ordinal);
        Assert.Equal(before, Windows());
    }
}
