using System.Buffers;
using System.Text;
using StreamForge.Core;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Embedded.Reads;
using StreamForge.Embedded.Shards;
using StreamForge.Embedded.Sinks;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Slices;
using StreamForge.Pipeline.Watermarks;
using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Engine;

/// <summary>
/// The engine's own parts, put together without disk and threads: an oracle's case is written as a pipeline file, planned, and its events go through stages and
/// stores in batches of any size.
/// </summary>
internal sealed class EngineCase
{
    private static readonly Schema Columns = new(
    [
        new("t", DataType.TimestampTz), new("k", DataType.String), new("quantity", DataType.BigInt), new("amount", DataType.Decimal(38, RandomEvents.AmountScale)),
        new("score", DataType.Double), new("item", DataType.String),
    ]);

    private readonly OracleCase _case;
    private readonly PipelineWatermark _watermark;
    private readonly PartitionStage[] _stages;
    private readonly bool _emits;
    private readonly Queue<(StageResult Result, long Watermark)>[] _underWay;
    private KeyStore[][] _stores;

    /// <summary>The rows of closed windows in the order in which they came, as JSON.</summary>
    public List<string> Closed { get; } = [];

    /// <param name="emits">A sink takes the view's closed windows.</param>
    public EngineCase(OracleCase scenario, int shards, bool emits = false)
    {
        _emits = emits;
        _case = scenario;
        Plan = PlanOf(scenario.View, emits);
        _stores = Recovery.NewStores(Plan, shards, emits ? scenario.View.Partitions : 0);
        _watermark = new PipelineWatermark(scenario.View.Partitions);
        _underWay = [.. Enumerable.Range(0, scenario.View.Partitions).Select(_ => new Queue<(StageResult, long)>())];
        _stages = Stages(shards, [.. Enumerable.Repeat(StageState.Start, scenario.View.Partitions)]);
    }

    public PipelinePlan Plan { get; }

    public ViewDescription View => Plan.Views[0].Description;

    public List<LateRecord> Late { get; } = [];

    public List<DeadLetter> DeadLetters { get; } = [];

    public long Watermark => _watermark.Current;

    private PartitionStage[] Stages(int shards, StageState[] states) =>
        [.. states.Select((s, i) => new PartitionStage(Plan, Plan.Sources[0], i, shards, _watermark, TimeProvider.System, s))];

    /// <summary>Feeds all events; with several partitions one at a time, since the oracle's watermark looks at each.</summary>
    public void Run(Random random)
    {
        for (var from = 0; from < _case.Events.Length;)
        {
            var length = _case.View.Partitions > 1 ? 1 : Math.Min(random.Next(1, 40), _case.Events.Length - from);
            Feed(from, length);
            from += length;
            // Batches of several partitions may overtake one another on their way to the shards.
            while (_underWay.Sum(q => q.Count) > (_emits ? random.Next(4) : 0)) DeliverAny(random);
            if (random.Next(5) > 0) continue;
            while (_underWay.Any(q => q.Count > 0)) DeliverAny(random);
            Move(random.Next(1, 5));
        }
        while (_underWay.Any(q => q.Count > 0)) DeliverAny(random);
    }

    private void Feed(int from, int length)
    {
        using var read = Batch(_case, Plan, from, length);
        var result = _stages[_case.Events[from].Partition].Process(read);
        Late.AddRange(result.Late);
        DeadLetters.AddRange(result.DeadLetters);
        _underWay[_case.Events[from].Partition].Enqueue((result, _watermark.Current));
    }

    private void DeliverAny(Random random)
    {
        var waiting = Enumerable.Range(0, _underWay.Length).Where(p => _underWay[p].Count > 0).ToArray();
        var partition = waiting[random.Next(waiting.Length)];
        var (result, watermark) = _underWay[partition].Dequeue();
        foreach (var slice in result.Slices)
        {
            for (var shard = 0; shard < _stores.Length; shard++) new ShardWorker(shard, _stores[shard]).Apply(slice);
        }
        if (!_emits) return;
        foreach (var store in _stores) store[0].Closing!.Advance(partition, watermark, finished: false);
        Emit(all: false);
    }

    /// <summary>Emits what is due, or with <paramref name="all"/> everything that is open.</summary>
    public void Emit(bool all)
    {
        foreach (var store in _stores)
        {
            using var writer = new JsonRowWriter(Plan.Sinks[0].Schema);
            while (store[0].Closing!.Next(store[0], all) is { } batch)
            {
                var lines = new ArrayBufferWriter<byte>();
                writer.Write(batch, lines);
                Closed.AddRange(Encoding.UTF8.GetString(lines.WrittenSpan).Split('\n', StringSplitOptions.RemoveEmptyEntries));
                batch.Release();
            }
        }
    }

    /// <summary>Window instances that are still known of.</summary>
    public int KnownWindows => _stores.Sum(s => s[0].Closing!.Count);

    /// <summary>Takes the state over into another number of shards, by way of a snapshot, as a restart does.</summary>
    private void Move(int shards)
    {
        var moved = Recovery.NewStores(Plan, shards, _emits ? _case.View.Partitions : 0);
        foreach (var store in _stores)
        {
            foreach (var chunk in store[0].Closing?.Save() ?? []) ClosingWindows.Load(chunk, hash => moved[KeyGroup.Shard(KeyGroup.Of(hash), shards)][0].Closing!);
        }
        foreach (var store in moved) store[0].Closing?.Restore(_watermark.Current, _stores.Max(s => s[0].Closing!.Rows));
        using var room = new SemaphoreSlim(1000);
        foreach (var store in _stores)
        {
            foreach (var (_, saved) in SlabSnapshot.Read([store[0].BeginSnapshot(all: true, room, CancellationToken.None)]))
            {
                foreach (var state in saved)
                {
                    var hash = KeyGroup.Hash(Features.KeyState.KeyState.KeyOf(state));
                    moved[KeyGroup.Shard(KeyGroup.Of(hash), shards)][0].Restore(state, hash);
                }
            }
        }
        _stores = moved;
        var states = _stages.Select(s => s.State).ToArray();
        Stages(shards, states).CopyTo(_stages, 0);
    }

    public FeatureRow Read(string key, long? at)
    {
        var row = new FeatureRow();
        var canonical = KeyCodec.FromText(View.Entity, new Dictionary<string, string> { ["k"] = key });
        new ShardedFeatureReader(Plan, _stores, () => _watermark.Current, TimeProvider.System).Read(View, canonical, at, row);
        return row;
    }

    private sealed class NoRaw : IRawRows
    {
        public ReadOnlySpan<byte> this[int row] => "raw"u8;
    }

    /// <summary>Some events of a case as a source brings them.</summary>
    public static SourceBatch Batch(OracleCase scenario, PipelinePlan plan, int from, int length)
    {
        var columns = Columns.Fields.Select(f => Column.Create(f.Type, length)).ToArray();
        var headers = new RowHeaders(length);
        for (var i = 0; i < length; i++)
        {
            var e = scenario.Events[from + i];
            headers.Positions[i] = from + i;
            ((Int64Column)columns[0]).Append(e.Time);
            Append(columns[1], e.Key is null ? null : new OracleValue.Text(e.Key));
            for (var c = 2; c < columns.Length; c++) Append(columns[c], e[Columns[c].Name]);
        }
        var read = plan.Sources[0].Columns;
        foreach (var (field, column) in Columns.Fields.Zip(columns))
        {
            if (!read.Contains(field.Name)) column.Release();
        }
        var batch = new ColumnBatch(
            read, [.. read.Fields.Select(f => columns[Columns.IndexOf(f.Name)])], headers, new BatchOrigin(new PartitionId("s", scenario.Events[from].Partition), ""));
        return new SourceBatch(batch, new NoRaw(), [], PartitionCursor.Start, length);
    }

    private static void Append(Column column, OracleValue? value)
    {
        switch (value)
        {
            case null: column.AppendNull(); break;
            case OracleValue.Integer i: ((Int64Column)column).Append((long)i.Value); break;
            case OracleValue.Decimal d: ((DecimalColumn)column).Append((Int128)d.Unscaled); break;
            case OracleValue.Real r: ((DoubleColumn)column).Append(r.Value); break;
            case OracleValue.Text t: ((BytesColumn)column).Append(t.Value); break;
        }
    }

    /// <summary>The plan of a case's view.</summary>
    public static PipelinePlan PlanOf(OracleView view, bool emits)
    {
        var text = new StringBuilder($$"""
            metadata: {name: case}
            sources:
              s:
                type: files
                path: none.json
                format: json
                schema: [{{string.Join(", ", Columns.Fields.Select(f => $"{{name: {f.Name}, type: \"{f.Type}\"}}"))}}]
                event_time: t
                watermark: {out_of_orderness: {{view.OutOfOrderness}}us, allowed_lateness: {{view.AllowedLateness}}us, max_future: 3652059d}
            features:
              - view: v
                input: s
                entity: [k]
                windows: [{{string.Join(", ", view.Windows.Select(Written))}}]
                {{(view.Resolution is { } r ? $"resolution: {r}us" : "")}}
                aggregates:

            """);
        foreach (var aggregate in view.Aggregates)
        {
            text.Append("      - {name: ").Append(aggregate.Name).Append(", function: ").Append(aggregate.Function.ToString().ToLowerInvariant());
            if (aggregate.Of is { } of) text.Append(", of: ").Append(of);
            if (aggregate.Where is { } where) text.Append(", where: \"").Append(where.Written!.Sql).Append('"');
            text.Append("}\n");
        }
        if (emits) text.Append("sinks:\n  closed: {type: files, input: v, path: out}\n");
        var loaded = PipelineFile.Parse(text.ToString(), "case.yaml", "/", _ => null);
        Assert.Empty(loaded.Faults);
        var planned = Planner.Plan(loaded.Definition!, new Dictionary<string, Schema> { ["s"] = Columns }, loaded.Broken);
        Assert.Empty(planned.Faults);
        return planned.Plan!;
    }

    private static string Written(OracleWindow window) => window.Kind switch
    {
        OracleWindowKind.Lifetime => "lifetime",
        OracleWindowKind.Tumbling => $$"""{tumbling: {{Duration.Format(window.Size)}}}""",
        _ => Duration.Format(window.Size),
    };
}
