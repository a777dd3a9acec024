using System.Globalization;
using StreamForge.Core;
using StreamForge.Embedded.Checkpoints;
using StreamForge.Embedded.Shards;
using StreamForge.Features.KeyState;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Reads;

namespace StreamForge.Tests.Shards;

/// <summary>
/// A store that batches are applied to, one key a batch. Every batch brings <see cref="BatchRows"/> rows with the value 1, new items and a longer text, so that in any state that holds whole
/// batches only, all features agree with each other (<see cref="Torn"/>).
/// </summary>
internal sealed class StoreWriter
{
    public const int BatchRows = 4;

    private static readonly Schema Columns = new([new("t", DataType.TimestampTz), new("k", DataType.BigInt), new("one", DataType.BigInt), new("item", DataType.BigInt), new("note", DataType.String)]);

    private readonly Dictionary<long, long> _batches = [];
    private long _time = 1_700_000_000_000_000;

    public static PipelinePlan Plan { get; } = PlanOf();

    private static ViewPlan View => Plan.Views[0];

    public KeyStore Store { get; } = Recovery.NewStores(Plan, 1)[0][0];

    public static byte[] Key(long key) => KeyCodec.FromText(View.Description.Entity, new Dictionary<string, string> { ["k"] = key.ToString(CultureInfo.InvariantCulture) });

    /// <summary>The newest event time so far.</summary>
    public long Newest => Store.Newest;

    /// <summary>Applies the next batch of a key.</summary>
    /// <param name="after">How much later than the batch before, microseconds.</param>
    /// <param name="watermark">The pipeline's, as the batch comes.</param>
    public void Apply(long key, long after = 500_000, long watermark = EventTime.MinValue)
    {
        var n = _batches[key] = _batches.GetValueOrDefault(key) + 1;
        _time += after;
        long[] times = [.. Enumerable.Range(0, BatchRows).Select(i => _time + i)];
        var rows = new ViewRows
        {
            Times = times,
            Watermarks = [.. times.Select(_ => watermark)],
            Orders = [.. times],
            Values = [.. View.SlotInputs.Select(s => s.Value < 0 ? null : Values(View.Expressions[s.Value].Canonical, n))],
            Conditions = [.. View.SlotInputs.Select(_ => (BooleanColumn?)null)],
        };
        var bytes = Key(key);
        Store.Apply(bytes, KeyGroup.Hash(bytes), rows, [0, 1, 2, 3]);
        foreach (var column in rows.Values) column?.Release();
    }

    /// <summary>Takes a key out; its next batch is its first again.</summary>
    public void Forget(long key)
    {
        var bytes = Key(key);
        Store.Remove(bytes, KeyGroup.Hash(bytes));
        _batches.Remove(key);
    }

    private static Column Values(string column, long batch)
    {
        var result = Column.Create(Columns[Columns.IndexOf(column.Trim('"', '`'))].Type, BatchRows);
        for (var i = 0; i < BatchRows; i++)
        {
            if (result is BytesColumn text) text.Append(Note(batch * BatchRows));
            else ((Int64Column)result).Append(column.Contains("one", StringComparison.Ordinal) ? 1 : (batch - 1) * BatchRows + i);
        }
        return result;
    }

    /// <summary>A text that grows with the count that it speaks of.</summary>
    private static string Note(long count) => string.Create(CultureInfo.InvariantCulture, $"{count}:{new string('x', (int)(count % 600))}");

    /// <summary>What is wrong with a copy of a state, as text; null when it is a whole number of batches.</summary>
    public static string? Torn(FeatureComputer computer, Span<byte> state)
    {
        var row = new FeatureRow { At = EventTime.Latest, NewestEvent = EventTime.Latest - 1 };
        computer.Compute(View, state, row);
        long Value(string name) => row.Values[View.Description.IndexOf(name)].Int64;
        var count = Value("n_lifetime");
        if (count % BatchRows != 0 || count == 0) return $"{count} rows are no whole number of batches";
        if (Value("sum_lifetime") != count) return $"{count} rows, but their sum is {Value("sum_lifetime")}";
        var items = Value("items_lifetime");
        if (count <= ExactUpTo ? items != count : Math.Abs(items - count) > count * 0.08) return $"{count} items, but {items} distinct ones";
        var note = row.Values[View.Description.IndexOf("note_lifetime")].Text;
        return note == Note(count) ? null : $"{count} rows, but the last text is that of {note.Split(':')[0]}";
    }

    public const int ExactUpTo = 50;

    private static PipelinePlan PlanOf()
    {
        var text = $$"""
            metadata: {name: case}
            sources:
              s:
                type: files
                path: none.json
                format: json
                schema: [{{string.Join(", ", Columns.Fields.Select(f => $"{{name: {f.Name}, type: {f.Type}}}"))}}]
                event_time: t
            features:
              - view: v
                input: s
                entity: [k]
                windows: [1m, lifetime]
                aggregates:
                  - {name: n, function: count}
                  - {name: sum, function: sum, of: one}
                  - {name: items, function: distinct, of: item, exact_up_to: {{ExactUpTo}}}
                  - {name: note, function: last, of: note}
            """;
        var loaded = PipelineFile.Parse(text, "case.yaml", "/", _ => null);
        Assert.Empty(loaded.Faults);
        var planned = Planner.Plan(loaded.Definition!, new Dictionary<string, Schema> { ["s"] = Columns }, loaded.Broken);
        Assert.Empty(planned.Faults);
        return planned.Plan!;
    }
}
