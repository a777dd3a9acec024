using System.Collections.Immutable;
using System.Globalization;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Pipeline.Changes;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Slices;
using StreamForge.Testing.Cluster.Streams;
using StreamForge.Testing.Cluster.World;
using StreamForge.Testing.Oracle;

namespace StreamForge.Testing.Cluster.Workload;

/// <summary>Whether events can be late in a workload, and so how far its results are determined.</summary>
public enum WorkloadOrder
{
    /// <summary>Any number of partitions; none of their events is ever late, so everything is determined.</summary>
    InTime,

    /// <summary>One partition with late events; it alone determines which, so everything is determined but the number of revisions.</summary>
    LateInOnePartition,

    /// <summary>Several partitions with late events, which fall idle: who is late depends on how they overtake one another. Every event is counted once, or is in the ledger once.</summary>
    LateInSeveral,
}

/// <summary>
/// A pipeline and its events, drawn by chance: orders of a shop. One view by <c>customer</c> over a filtered and checked transformation, one by <c>product</c> whose closed windows go to the sink
/// <c>closed</c> (<see cref="ShopViews"/>), and the sink <c>lines</c> that takes the transformation's rows. Some events are broken, lack their time or their keys, or fail the expectation. The source appends, or is a changelog of either kind.
/// </summary>
public sealed class SimulatedWorkload
{
    private const long Second = 1_000_000;

    private static readonly Schema Columns = new(
    [
        new("id", DataType.BigInt), new("t", DataType.TimestampTz), new("customer", DataType.String), new("product", DataType.BigInt), new("amount", DataType.Decimal(10, 2)), new("score", DataType.Double),
        new("kind", DataType.String),
    ]);

    private readonly Random _random;

    /// <param name="events">About so many events.</param>
    public SimulatedWorkload(Random random, int events)
    {
        _random = random;
        Order = (WorkloadOrder)(random.Next(5) switch { 0 or 1 => 0, 2 or 3 => 1, _ => 2 });
        Partitions = Order switch { WorkloadOrder.InTime => random.Next(1, 5), WorkloadOrder.LateInOnePartition => 1, _ => random.Next(2, 5) };
        OutOfOrderness = Order == WorkloadOrder.InTime ? 30 * Second : random.Next(6) * Second;
        AllowedLateness = random.Next(3) * 10 * Second;
        Before = random.Next(5) switch { 0 or 1 => null, 2 => BeforeImages.Full, _ => BeforeImages.Stored };
        Source = Before switch { null => OracleSource.Append, BeforeImages.Full => OracleSource.Full, _ => OracleSource.Stored };
        Views = ShopViews.Draw(random, new OracleView([], [], OutOfOrderness, AllowedLateness, null, Partitions) { Source = Source });
        Definition = Yaml();
        Plan = PlanOf(Definition);
        if (Before is null) Events = [.. Draw(events)];
        else Changes = [.. Enumerable.Range(0, Partitions).SelectMany(p => DrawChanges(p, Math.Max(1, events / Partitions)))];
        Topics =
        [
            .. Enumerable.Range(0, Partitions).Select(p => new SimulatedTopic(p, Before is null
                ? [.. Events.Where(e => e.Partition == p).Select(e => new SimulatedRecord(e.Offset, e.At, e.ToJson()))]
                : [.. Changes.Where(c => c.Partition == p).Select(c => new SimulatedRecord(c.Offset, c.At, c.ToBytes()))])),
        ];
    }

    public WorkloadOrder Order { get; }

    public int Partitions { get; }

    /// <summary>Microseconds.</summary>
    public long OutOfOrderness { get; }

    /// <summary>Microseconds.</summary>
    public long AllowedLateness { get; }

    /// <summary>The pipeline file.</summary>
    public string Definition { get; }

    public PipelinePlan Plan { get; }

    /// <summary>Where the source is a changelog: where the images come from that changes replace.</summary>
    public BeforeImages? Before { get; }

    /// <summary>What the source's events are, in the oracle's words.</summary>
    public OracleSource Source { get; }

    public ShopViews Views { get; }

    /// <summary>Partition after partition, each by offset, where the source appends.</summary>
    public ImmutableArray<WorkloadEvent> Events { get; } = [];

    /// <summary>Partition after partition, each by offset, where the source is a changelog.</summary>
    public ImmutableArray<WorkloadChange> Changes { get; } = [];

    public ImmutableArray<SimulatedTopic> Topics { get; }

    /// <summary>When the last event is appended, microseconds of the world.</summary>
    public long LastAt => Topics.Max(t => t.Records.Count > 0 ? t.Records[^1].At : 0);

    /// <summary>A decoder for the polls of a partition.</summary>
    public IPollDecoder Decoder(int partition) => Before is null ? new SimulatedPollDecoder(Plan.Sources[0], partition) : new SimulatedChangeDecoder(Plan.Sources[0], partition, Changes);

    /// <summary>What the stage of a changelog's partition needs besides; null where the source appends.</summary>
    public ChangelogPartition? Changelog(int partition, IImageStore? images) =>
        Before is null ? null : new ChangelogPartition(new PartitionId(Plan.Sources[0].Name, partition), Partitions, Before == BeforeImages.Stored ? images : null);

    /// <summary>Whether an event gets through the transformation.</summary>
    public static bool IsLine(WorkloadEvent e) => IsRow(e) && e.Kind != "noise" && !(e.Amount < 0);

    /// <summary>Whether an event can be decoded and has its time.</summary>
    public static bool IsRow(WorkloadEvent e) => !e.IsBroken && e.Time is not null;

    /// <summary>The canonical key that an event has in a view; null when it does not reach it. An event that is too late for every window has one all the same.</summary>
    public byte[]? KeyOf(int view, WorkloadEvent e)
    {
        var plan = Plan.Views[view];
        if (!IsRow(e) || (plan.Node > 0 && !IsLine(e))) return null;
        var (name, text) = plan.Name == "customers" ? ("customer", e.Customer) : ("product", e.Product?.ToString(CultureInfo.InvariantCulture));
        return text is null ? null : KeyCodec.FromText(plan.Description.Entity, new Dictionary<string, string>(StringComparer.Ordinal) { [name] = text });
    }

    private IEnumerable<WorkloadEvent> Draw(int events)
    {
        var customers = Pick(2, 5, 40);
        var products = Pick(1, 3, 12);
        var step = Pick(50_000L, 300_000L, 2 * Second);
        var pause = Pick(2_000L, 40_000L, 120_000L);
        var origin = EventTime.FromDateTimeOffset(SimulatedTime.Beginning);
        for (var partition = 0; partition < Partitions; partition++)
        {
            long offset = _random.Next(3) * 1000, at = 0, newest = origin + _random.NextInt64(20 * Second);
            for (var n = Math.Max(1, events / Partitions); n > 0; n--)
            {
                offset += _random.Next(20) == 0 ? _random.Next(2, 6) : 1;
                at += _random.NextInt64(pause * 2);
                newest += _random.NextInt64(step * 2);
                var behind = Order == WorkloadOrder.InTime ? _random.NextInt64(OutOfOrderness) : _random.NextInt64(2 * Second) * (_random.Next(12) == 0 ? 60 : 1);
                yield return new WorkloadEvent(
                    partition, offset, at, _random.Next(60) == 0 ? null : newest - (_random.Next(3) == 0 ? behind : 0),
                    _random.Next(40) == 0 ? null : $"c{_random.Next(customers)}", _random.Next(40) == 0 ? null : _random.Next(products), _random.Next(30) switch { 0 => null, 1 => -1m, _ => _random.Next(10_000) / 100m },
                    _random.Next(30) == 0 ? null : Math.Round(_random.NextDouble() * 100, 3), Pick("buy", "buy", "view", "noise"), _random.Next(60) == 0);
            }
        }
    }

    private IEnumerable<WorkloadChange> DrawChanges(int partition, int count)
    {
        var (customers, products) = (Pick(2, 5, 40), Pick(1, 3, 12));
        var step = Pick(50_000L, 300_000L, 2 * Second);
        var pause = Pick(2_000L, 40_000L, 120_000L);
        var newest = EventTime.FromDateTimeOffset(SimulatedTime.Beginning) + _random.NextInt64(20 * Second);
        var offset = _random.Next(3) * 1000L;
        // With several partitions it depends on how they overtake one another whether an old row still counts in a window when it is taken out, so in time only such rows change that are in time.
        var draw = new ChangelogDraw(
            _random, partition, Before == BeforeImages.Stored, mayTruncate: Partitions == 1, Order == WorkloadOrder.InTime && Partitions > 1 ? OutOfOrderness : long.MaxValue / 4,
            () => offset += _random.Next(20) == 0 ? _random.Next(2, 6) : 1,
            () =>
            {
                newest += _random.NextInt64(step * 2);
                var behind = Order == WorkloadOrder.InTime ? _random.NextInt64(OutOfOrderness) : _random.NextInt64(2 * Second) * (_random.Next(12) == 0 ? 60 : 1);
                return new WorkloadImage(
                    _random.Next(60) == 0 ? null : newest - (_random.Next(3) == 0 ? behind : 0), _random.Next(40) == 0 ? null : $"c{_random.Next(customers)}", _random.Next(40) == 0 ? null : _random.Next(products),
                    _random.Next(30) switch { 0 => null, 1 => -1m, _ => _random.Next(10_000) / 100m }, _random.Next(30) == 0 ? null : Math.Round(_random.NextDouble() * 100, 3), Pick("buy", "buy", "view", "noise"));
            });
        var at = 0L;
        return [.. draw.Draw(count).Select(c => c with { At = at += _random.NextInt64(pause * 2) })];
    }

    private T Pick<T>(params ReadOnlySpan<T> choices) => choices[_random.Next(choices.Length)];

    private string Yaml()
    {
        var idle = Order == WorkloadOrder.LateInSeveral ? Pick("2s", "20s", "1000d") : "1000d";
        return $$"""
            metadata: {name: shop}
            sources:
              orders:
                type: files
                path: none.json
                {{Before switch { null => "format: json", BeforeImages.Full => "format: debezium-json\n    before: full", _ => "format: debezium-json\n    key: [id]\n    before: stored" }}}
                schema: [{{string.Join(", ", Columns.Fields.Select(f => $"{{name: {f.Name}, type: \"{f.Type}\"}}"))}}]
                event_time: t
                watermark: {out_of_orderness: {{OutOfOrderness}}us, allowed_lateness: {{AllowedLateness}}us, idle_timeout: {{idle}}, max_future: 3652d}
            transformations:
              - name: lines
                type: sql_transform
                input: orders
                sql: SELECT customer, product, amount, score, kind, amount * 2 AS doubled, t FROM orders WHERE kind <> 'noise'
                expect: [{must: "amount >= 0 OR amount IS NULL"}]
            features:
            {{ShopViews.Text("customers", "lines", "customer", Views.Customers)}}
            {{ShopViews.Text("products", Views.AreProductsOfLines ? "lines" : "orders", "product", Views.Products)}}
            sinks:
              closed: {type: files, input: products, path: out/closed}
              lines: {type: files, input: lines, path: out/lines}
            """;
    }

    private static PipelinePlan PlanOf(string yaml)
    {
        var loaded = PipelineFile.Parse(yaml, "shop.yaml", "/", _ => null);
        var planned = loaded.Faults.IsEmpty ? Planner.Plan(loaded.Definition!, new Dictionary<string, Schema>(StringComparer.Ordinal) { ["orders"] = Columns }, loaded.Broken) : new PlanResult(null, loaded.Faults);
        return planned.Plan ?? throw new InvalidOperationException(string.Join(Environment.NewLine, planned.Faults));
    }
}
