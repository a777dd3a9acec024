namespace StreamForge.Integration.Tests.Kafka;

/// <summary>Topics through the embedded host, as a user runs it.</summary>
public sealed class SourceTests : IDisposable
{
    private const string Views = """
        features:
          - view: activity
            input: clicks
            entity: [user_id]
            clock: event
            windows: [{tumbling: 1s}, {tumbling: 1m}]
            aggregates:
              - {name: events, function: count}
              - {name: spend, function: sum, of: price}
              - {name: types, function: distinct, of: event_type}
        sinks:
          windows: {type: files, input: activity, path: windows}
        """;

    private const string Columns = "[{name: user_id, type: string}, {name: event_type, type: string}, {name: price, type: \"decimal(10,2)\"}, {name: event_time, type: timestamptz}]";

    private readonly Workplace _files = new();
    private readonly Workplace _work = new();

    public void Dispose()
    {
        _files.Dispose();
        _work.Dispose();
    }

    [ServiceFact(Topic.Need)]
    public async Task A_topic_of_four_partitions_gives_what_the_same_events_in_files_give()
    {
        using var topic = await Topic.CreateAsync(partitions: 4);
        string[] stream = ["emit", "clickstream", "--events", "20000", "--users", "50", "--late", "0", "--to"];
        var sent = await _work.RunAsync([.. stream, $"kafka://{topic.Brokers}/{topic.Name}"]);
        Assert.True(sent.Code == 0, sent.Errors);
        await _files.RunAsync([.. stream, "clicks.jsonl"]);
        await File.WriteAllTextAsync(_work.PathOf("pipeline.yaml"), Whole($"type: kafka, connection: \"{topic.Brokers}\", topic: {topic.Name}"));
        await File.WriteAllTextAsync(_files.PathOf("pipeline.yaml"), Whole("type: files, path: clicks.jsonl"));

        var fromTopic = await _work.RunOnceAsync("--drain");
        var fromFiles = await _files.RunOnceAsync("--drain");
        Assert.Equal((20000, 0, 0), (fromTopic.GetProperty("events").GetInt32(), fromTopic.GetProperty("dead_letters").GetInt32(), fromTopic.GetProperty("late").GetInt32()));
        Assert.Equal(20000, fromFiles.GetProperty("events").GetInt32());
        Assert.All(topic.Ends(4), end => Assert.True(end > 0));
        var expected = Last(_files.Written("windows"));
        Assert.NotEmpty(expected);
        Assert.Equal(expected, Last(_work.Written("windows")));

        static string Whole(string source) => $"metadata: {{name: same}}\nsources:\n  clicks: {{{source}, format: json, event_time: event_time, schema: {Columns}, watermark: {{out_of_orderness: 1h}}}}\n{Views}";
    }

    /// <summary>Each window's newest revision, without what says when it was emitted.</summary>
    private static SortedDictionary<string, string> Last(string[] lines)
    {
        var windows = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in lines.Select(Workplace.Json).OrderBy(r => r.GetProperty("revision").GetInt64()))
        {
            var key = $"{row.GetProperty("user_id")} {row.GetProperty("window_start")} {row.GetProperty("window_end")}";
            windows[key] = string.Join(' ', row.EnumerateObject().Where(p => p.Name is not ("revision" or "op")).Select(p => $"{p.Name}={p.Value}"));
        }
        return windows;
    }

    [ServiceFact(Topic.Need)]
    public async Task A_restart_goes_on_where_the_checkpoint_is_and_the_groups_offsets_are_what_is_durable()
    {
        using var topic = await Topic.CreateAsync(partitions: 3);
        for (var round = 0; round < 3; round++)
        {
            for (var partition = 0; partition < 3; partition++) topic.Write(partition, Workplace.Values(round * 300 + partition * 100, 100));
            _work.Pipeline(topic);
            Assert.Equal(300, (await _work.RunOnceAsync()).GetProperty("rows").GetInt32());
            Assert.Equal(Enumerable.Range(0, (round + 1) * 300).Select(i => (long)i), _work.Ids());
            Assert.Equal(topic.Ends(3), topic.Committed(3));
        }
        Assert.Equal(0, (await _work.RunOnceAsync()).GetProperty("events").GetInt32());
    }

    [ServiceFact(Topic.Need)]
    public async Task A_pipeline_that_is_killed_again_and_again_loses_and_doubles_nothing()
    {
        using var topic = await Topic.CreateAsync(partitions: 2);
        _work.Pipeline(topic, rest: "orchestration: {checkpoint_interval: 50ms, max_records: 50}");
        for (var round = 0; round < 5; round++)
        {
            using var run = _work.Start("run", "pipeline.yaml", "--port", "0");
            await run.ReadErrorsToAsync("listening on");
            var before = _work.Written().Length;
            for (var part = 0; part < 4; part++)
            {
                topic.Write(0, Workplace.Values(round * 2000 + part * 500, 250));
                topic.Write(1, Workplace.Values(round * 2000 + part * 500 + 250, 250));
            }
            await Topic.UntilAsync(() => _work.Written().Length > before);
            await run.KillAsync();
        }
        await _work.RunOnceAsync();
        Assert.Equal(Enumerable.Range(0, 10_000).Select(i => (long)i), _work.Ids());
        Assert.Equal(topic.Ends(2), topic.Committed(2));
    }

    [ServiceTheory(Topic.Need)]
    [InlineData("earliest", 0, 20)]
    [InlineData("\"2024-01-01T00:00:05Z\"", 5, 15)]
    [InlineData("\"2024-01-01T00:00:04.001Z\"", 5, 15)]
    [InlineData("1704067205000", 5, 15)]
    [InlineData("{0: 7}", 7, 13)]
    [InlineData("\"2030-01-01\"", 20, 0)]
    [InlineData("latest", 20, 0)]
    public async Task Reading_begins_where_the_file_says_and_never_again_there(string start, int first, int count)
    {
        using var topic = await Topic.CreateAsync(partitions: 1);
        topic.Write(0, Workplace.Values(0, 20), millis: 1_704_067_200_000);
        _work.Pipeline(topic, $"start_offset: {start}");
        await _work.RunOnceAsync();
        Assert.Equal(Enumerable.Range(first, count).Select(i => (long)i), _work.Ids());
        // What comes while nothing runs is not jumped over, whatever is latest then.
        topic.Write(0, Workplace.Values(20, 5));
        await _work.RunOnceAsync();
        Assert.Equal(Enumerable.Range(first, count + 5).Select(i => (long)i), _work.Ids());
    }

    [ServiceFact(Topic.Need)]
    public async Task A_partition_that_was_added_is_taken_in_by_the_next_start_from_its_beginning()
    {
        using var topic = await Topic.CreateAsync(partitions: 1);
        topic.Write(0, Workplace.Values(0, 5));
        _work.Pipeline(topic, "start_offset: latest");
        await _work.RunOnceAsync();
        await topic.AddPartitionsAsync(2);
        topic.Write(1, Workplace.Values(5, 5));
        await _work.RunOnceAsync();
        Assert.Equal([5, 6, 7, 8, 9], _work.Ids());
    }

    [ServiceFact(Topic.Need)]
    public async Task Aborted_transactions_are_not_read_and_the_position_reaches_the_end_behind_their_markers()
    {
        using var topic = await Topic.CreateAsync(partitions: 1);
        topic.WriteTransaction(0, Workplace.Values(0, 3), commit: true);
        topic.WriteTransaction(0, Workplace.Values(3, 4), commit: false);
        topic.WriteTransaction(0, Workplace.Values(7, 2), commit: true);
        topic.WriteTransaction(0, Workplace.Values(9, 3), commit: false);
        _work.Pipeline(topic);
        Assert.Equal(5, (await _work.RunOnceAsync()).GetProperty("events").GetInt32());
        Assert.Equal([0, 1, 2, 7, 8], _work.Ids());
        Assert.Equal(topic.Ends(1), topic.Committed(1));
        Assert.Equal(16, topic.Ends(1)[0]);
    }

    [ServiceFact(Topic.Need)]
    public async Task Bad_records_are_dead_letters_with_their_place_and_records_without_a_value_are_passed_over()
    {
        using var topic = await Topic.CreateAsync(partitions: 2);
        topic.Write(1, ["{\"id\": 1}", null, "{\"id\": \"one\"}", "not json", "{\"id\": 2}"]);
        _work.Pipeline(topic);
        var summary = await _work.RunOnceAsync();
        Assert.Equal((4, 2, 2), (summary.GetProperty("events").GetInt32(), summary.GetProperty("rows").GetInt32(), summary.GetProperty("dead_letters").GetInt32()));
        var letters = Workplace.Json((await _work.RunAsync("dead-letters", "list", "--json")).Output).GetProperty("items").EnumerateArray().ToArray();
        Assert.Equal([$"{topic.Name}/1:2", $"{topic.Name}/1:3"], letters.Select(l => l.GetProperty("position").GetString()!));
        Assert.All(letters, l => Assert.Equal(1, l.GetProperty("partition").GetInt32()));
        Assert.Equal(["{\"id\": \"one\"}", "not json"], letters.Select(l => l.GetProperty("raw").GetString()!));
    }

    [ServiceFact(Topic.Need)]
    public async Task Offsets_that_retention_removed_are_an_error_that_names_them()
    {
        using var topic = await Topic.CreateAsync(partitions: 1);
        topic.Write(0, Workplace.Values(0, 10));
        _work.Pipeline(topic);
        await _work.RunOnceAsync();
        topic.Write(0, Workplace.Values(10, 30));
        await topic.DeleteBeforeAsync(0, 25);
        var result = await _work.RunAsync("run", "pipeline.yaml", "--once");
        Assert.Equal(1, result.Code);
        Assert.Contains($"{topic.Name}/0 is to be read at offset 10, but the earliest available is 25", result.Errors, StringComparison.Ordinal);
        Assert.Equal(10, _work.Ids().Length);
    }

    [ServiceFact(Topic.Need)]
    public async Task A_schema_is_found_from_the_first_records_and_must_be_declared_for_an_empty_topic()
    {
        using var topic = await Topic.CreateAsync(partitions: 2);
        await File.WriteAllTextAsync(_work.PathOf("p.yaml"), $"metadata: {{name: p}}\nsources:\n  s: {{type: kafka, connection: \"{topic.Brokers}\", topic: {topic.Name}, format: json, schema: auto}}\n");
        var empty = await _work.RunAsync("validate", "p.yaml");
        Assert.Equal(2, empty.Code);
        Assert.Contains($"p.yaml:3:3: source s: the topic {topic.Name} holds no record from which to tell the schema; declare 'schema'", empty.Errors + empty.Output, StringComparison.Ordinal);
        topic.Write(1, ["{\"a\": 1,\n \"at\": \"2024-01-01T00:00:00Z\"}", "broken", "{\"a\": 1.5, \"b\": {\"c\": 1}}"]);
        var found = await _work.RunAsync("explain", "p.yaml", "--json");
        var schema = Workplace.Json(found.Output).GetProperty("sources")[0].GetProperty("schema").EnumerateArray().Select(c => $"{c.GetProperty("name")} {c.GetProperty("type")}");
        Assert.Equal(["a double", "at timestamptz", "b string", "key string", "value string", "headers map", "event_timestamp timestamptz", "partition int", "offset bigint"], schema);
    }

    [ServiceFact(Topic.Need)]
    public async Task A_wrong_property_a_missing_topic_and_a_missing_broker_are_one_sentence_each()
    {
        using var topic = await Topic.CreateAsync(partitions: 1);
        _work.Pipeline(topic, "properties: {fetch.min.byts: 1}");
        var property = await _work.RunAsync("validate", "pipeline.yaml");
        Assert.Equal(2, property.Code);
        Assert.Contains("pipeline.yaml:10:18: librdkafka refuses the property 'fetch.min.byts'", property.Errors + property.Output, StringComparison.Ordinal);
        await File.WriteAllTextAsync(_work.PathOf("pipeline.yaml"), (await File.ReadAllTextAsync(_work.Pipeline(topic))).Replace($"topic: {topic.Name}", "topic: nowhere", StringComparison.Ordinal));
        var missing = await _work.RunAsync("run", "pipeline.yaml", "--once");
        Assert.Equal(1, missing.Code);
        Assert.Contains("has no topic nowhere; create it, or correct 'topic'", missing.Errors, StringComparison.Ordinal);
        var doctor = await _work.RunAsync("doctor", "pipeline.yaml");
        Assert.Equal(1, doctor.Code);
        Assert.Contains("has no topic nowhere", doctor.Output, StringComparison.Ordinal);
        var emit = await _work.RunAsync("emit", "clickstream", "--events", "1", "--to", "kafka://127.0.0.1:1/t");
        Assert.Equal(1, emit.Code);
        Assert.Contains("Kafka does not answer within 10 s", emit.Errors, StringComparison.Ordinal);
    }
}
