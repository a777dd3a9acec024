using System.Text.Json.Nodes;
using StreamForge.Cluster.Tests.Fixture;
using StreamForge.Connectors.Kafka;
using StreamForge.Integration.Tests.Kafka;
using StreamForge.Pipeline.Definitions;
using StreamForge.Silo.Pipelines;
using StreamForge.Testing.Oracle;
using StreamForge.Tests.Engine;

namespace StreamForge.Cluster.Tests.Faults.Real;

/// <summary>
/// A table's changes on a real topic, as a connector writes them, drawn by chance: rows that come, change, move to other keys and times, go and come again, tombstones, repetitions, changes of rows that nobody has seen.
/// A view has every shape of window with every aggregate; its closed windows go to files. Lateness is allowed without end, so that what everything comes to does not depend on how partitions overtake one another.
/// </summary>
internal sealed class TableTopic : IDisposable
{
    private const int Partitions = 3;
    private const long Second = 1_000_000;

    private readonly Topic _topic;
    private readonly CapturedRecord[] _records;
    private readonly long[] _ends = new long[Partitions];
    private readonly string _folder = Directory.CreateTempSubdirectory("streamforge-closed-").FullName;
    private int _fed;

    private TableTopic(Topic topic, OracleCase scenario)
    {
        (_topic, Case) = (topic, scenario);
        _records = [.. CaseLines.Of(scenario).Select(Record)];
    }

    /// <summary>The view and all changes, also those that have not been written yet.</summary>
    public OracleCase Case { get; }

    public int Length => _records.Length;

    /// <param name="changes">About so many.</param>
    public static async Task<TableTopic> CreateAsync(OracleSource source, int seed, int changes)
    {
        var shape = new EventShape(Events: changes, Keys: 12, Partitions: Partitions, Step: 2 * Second, Disorder: 10 * Second);
        var drawn = RandomCases.Case(new Random(seed), CaseKinds.Changelogs with { Sources = [source], HasSignals = false }, shape);
        return new TableTopic(await Topic.CreateAsync(Partitions), drawn with { View = View(source) });
    }

    private static OracleView View(OracleSource source) => new(
        [OracleWindow.Sliding(600 * Second), OracleWindow.Hopping(120 * Second, 60 * Second), OracleWindow.Tumbling(60 * Second), OracleWindow.Session(15 * Second), OracleWindow.Lifetime],
        [
            new("n", OracleFunction.Count), new("total", OracleFunction.Sum, "amount"), new("mean", OracleFunction.Avg, "score"), new("low", OracleFunction.Min, "amount"), new("high", OracleFunction.Max, "score"),
            new("earliest", OracleFunction.First, "item"), new("latest", OracleFunction.Last, "quantity"), new("kinds", OracleFunction.Distinct, "item"), new("spread", OracleFunction.Variance, "quantity"),
            new("deviation", OracleFunction.Stddev, "amount"), new("recent", OracleFunction.LastN, "item") { N = 3 }, new("middle", OracleFunction.Quantile, "score"), new("top", OracleFunction.TopK, "item") { N = 2 },
            new("bands", OracleFunction.Histogram, "quantity") { Bounds = [0L, 3L, 10L] }, new("share", OracleFunction.Ratio) { Numerator = new("amount"), Denominator = new("score") },
            new("many", OracleFunction.Count, null, new OracleComparison("quantity", ">=", 3L).AsWhere()),
        ],
        OutOfOrderness: 5 * Second, AllowedLateness: 365 * 86_400 * Second, null, Partitions)
    { Source = source };

    /// <summary>A cluster over it.</summary>
    public ClusterSetup Setup => new()
    {
        Pipeline = Text(),
        Partitions = Partitions,
        OpenTopic = _ => new KafkaTopicPolls(_topic.Connection, KafkaStart.Earliest, KafkaPollerLimits.Default with { MaxRecords = 20 }),
        EndOf = partition => Task.FromResult(_ends[partition.Partition]),
    };

    /// <summary>Writes the next changes, and returns when the broker has them.</summary>
    public void Feed(int changes)
    {
        var next = _records.AsSpan(_fed, Math.Min(changes, _records.Length - _fed)).ToArray();
        _topic.Write(next);
        foreach (var record in next) _ends[record.Partition]++;
        _fed += next.Length;
    }

    /// <summary>The rows of closed windows that can be seen, the first revisions first.</summary>
    public IEnumerable<string> Closed() => Directory.EnumerateFiles(_folder, "*.jsonl").SelectMany(File.ReadLines).OrderBy(static line => JsonNode.Parse(line)!["revision"]!.GetValue<long>());

    public void Dispose()
    {
        _topic.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static CapturedRecord Record(string line)
    {
        var record = JsonNode.Parse(line)!;
        return new CapturedRecord(record["partition"]!.GetValue<int>(), record["timestamp"]!.GetValue<long>(), record["key"]?.ToJsonString(), record["value"]?.ToJsonString(), null);
    }

    private string Text() => $$"""
        metadata: {name: table}
        sources:
          s:
            type: kafka
            connection: "{{_topic.Brokers}}"
            topic: {{_topic.Name}}
            format: debezium-json
            key: [id]
            before: {{Case.View.Source.Word()}}
            event_time: t
            schema: [{name: t, type: timestamptz}, {name: k, type: string}, {name: quantity, type: bigint}, {name: amount, type: "decimal(38,{{RandomEvents.AmountScale}})"}, {name: score, type: double}, {name: item, type: string}, {name: id, type: string}]
            watermark: {out_of_orderness: {{Case.View.OutOfOrderness}}us, allowed_lateness: {{Case.View.AllowedLateness}}us, idle_timeout: 1000d, max_future: 3652059d}
        features:
          - view: v
            input: s
            entity: [k]
            clock: event
            windows: [{{string.Join(", ", Case.View.Windows.Select(static w => w.Written))}}]
            aggregates:
        {{string.Join('\n', Case.View.Aggregates.Select(static a => $"      - {{{a.Written}}}"))}}
        sinks:
          closed: {type: files, input: v, path: "{{_folder}}"}
        """;
}
