using System.Collections.Immutable;
using StreamForge.Cluster.Features;
using StreamForge.Cluster.Slices;
using StreamForge.Core;
using StreamForge.Embedded.Shards;
using StreamForge.Features.KeyState;
using StreamForge.Features.Windows;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Emissions;
using StreamForge.Pipeline.Plans;
using Region = StreamForge.Features.KeyState.KeyState;

namespace StreamForge.Tests.Shards;

/// <summary>
/// Rows of a few keys that come, go and come late, through the closing windows of both hosts and past a list of what is there, from which every window is computed anew.
/// </summary>
internal sealed class ClosingCase
{
    private const long Second = EventTime.Second;

    private static readonly Schema Columns = new([new("t", DataType.TimestampTz), new("k", DataType.BigInt), new("v", DataType.BigInt)]);

    private readonly Random _random;
    private readonly ViewPlan _view;
    private readonly bool _retracts;
    private readonly List<Row> _live = [];
    private readonly List<(WindowPlan Window, Row Row)> _contributions = [];
    private readonly Dictionary<long, (byte[] State, KeyWindows Windows)> _cells = [];
    private readonly ClosedWindowRows _cellRows;
    private KeyStore _store;
    private long _now = 1_000_000 * Second;

    private sealed record Row(long Key, long Time, long? Value, long Order);

    /// <param name="Values">As text.</param>
    public readonly record struct Instance(long Key, string Window, long Start, long End, string Values);

    /// <param name="Text">All columns.</param>
    public readonly record struct Emitted(long Key, string Window, long Start, long End, long Revision, string Op, string Values, string Text);

    public ClosingCase(Random random, bool retracts)
    {
        _random = random;
        _retracts = retracts;
        _view = PlanOf(random, retracts).Views[0];
        _store = new KeyStore(_view.Layout, new ClosingWindows(_view, 0, 1));
        _cellRows = new ClosedWindowRows(_view);
    }

    public long Watermark { get; private set; } = EventTime.MinValue;

    public IEnumerable<WindowPlan> Windows => _view.Layout.Windows;

    public int Known => _store.Closing!.Count;

    private static PipelinePlan PlanOf(Random random, bool retracts)
    {
        string[] windows = ["{tumbling: 10s}", "{hopping: 20s, every: 5s}", "{hopping: 20s, every: 15s}", "{session: 7s}", "{session: 20s}"];
        var text = $$"""
            metadata: {name: case}
            sources:
              s:
                type: files
                path: none.json
                format: json
                schema: [{{string.Join(", ", Columns.Fields.Select(f => $"{{name: {f.Name}, type: {f.Type}}}"))}}]
                event_time: t
                watermark: {allowed_lateness: {{random.Next(3) * 8}}s}
            features:
              - view: v
                input: s
                entity: [k]
                windows: [{{string.Join(", ", windows.Where(_ => random.Next(2) == 0).DefaultIfEmpty(windows[^1]))}}]
                resolution: {{(random.Next(2) == 0 ? 1 : 5)}}s
                aggregates: [{name: total, function: sum, of: v}, {name: most, function: max, of: v}]
            sinks:
              out: {type: files, path: out, input: v}
            """;
        var loaded = PipelineFile.Parse(text, "case.yaml", "/", _ => null);
        Assert.Empty(loaded.Faults);
        var definition = loaded.Definition!;
        if (retracts) definition = definition with { Sources = [definition.Sources[0] with { Changelog = new ChangelogDefinition([], BeforeImages.Full) }] };
        var planned = Planner.Plan(definition, new Dictionary<string, Schema> { ["s"] = Columns }, loaded.Broken);
        Assert.Empty(planned.Faults);
        return planned.Plan!;
    }

    /// <summary>Applies some rows of one key to both hosts' states and to the list, lets time go on, and gives what both hosts emit.</summary>
    public (IReadOnlyList<Emitted> Embedded, IReadOnlyList<Emitted> Cluster) Step()
    {
        var key = _random.Next(3);
        var rows = new List<(Row Row, bool Retracts)>();
        for (var i = _random.Next(1, 6); i > 0; i--)
        {
            if (_retracts && _live.Where(r => r.Key == key).ToArray() is { Length: > 0 } there && _random.Next(5) < 2)
            {
                var gone = there[_random.Next(there.Length)];
                _live.Remove(gone);
                rows.Add((gone, true));
                continue;
            }
            _now += _random.Next(_random.Next(6) == 0 ? 40 : 4) * Second / 2;
            var row = new Row(key, _now - _random.Next(_random.Next(4) == 0 ? 60 : 6) * Second / 2, _random.Next(4) == 0 ? null : _random.Next(100), _contributions.Count * 10 + i);
            _live.Add(row);
            rows.Add((row, false));
        }
        rows.RemoveAll(r => !_view.Layout.AcceptsAny(r.Row.Time, Watermark));
        foreach (var (row, retracts) in rows)
        {
            foreach (var window in Windows.Where(w => w.Accepts(row.Time, Watermark, _view.Layout.AllowedLateness)))
            {
                if (retracts) _contributions.Remove((window, row));
                else _contributions.Add((window, row));
            }
        }
        if (rows.Count > 0) Apply(key, rows);
        Watermark = Math.Max(Watermark, _now - _random.Next(10) * Second);
        _store.Closing!.Advance(0, Watermark, finished: false);
        return (Next(all: false), Close());
    }

    private void Apply(long key, List<(Row Row, bool Retracts)> applied)
    {
        var values = new Int64Column(DataType.BigInt, applied.Count);
        foreach (var (row, _) in applied)
        {
            if (row.Value is { } value) values.Append(value);
            else values.AppendNull();
        }
        var rows = new ViewRows
        {
            Times = [.. applied.Select(r => r.Row.Time)],
            Watermarks = [.. applied.Select(_ => Watermark)],
            Orders = [.. applied.Select(r => r.Row.Order)],
            Ops = _retracts ? [.. applied.Select(r => (byte)(r.Retracts ? ChangeOp.Delete : ChangeOp.Create))] : null,
            Values = [.. _view.SlotInputs.Select(s => s.Value < 0 ? null : values)],
            Conditions = [.. _view.SlotInputs.Select(_ => (BooleanColumn?)null)],
        };
        var bytes = KeyOf(key);
        _store.Apply(bytes, KeyGroup.Hash(bytes), rows, [.. Enumerable.Range(0, applied.Count)]);
        Assert.Empty(_store.Orphans);

        var (state, windows) = _cells.GetValueOrDefault(key);
        if (state is null)
        {
            windows = new KeyWindows();
            state = new byte[Region.InitialSize(_view.Layout, bytes.Length)];
            Region.Initialize(state, _view.Layout, bytes);
        }
        var expiry = windows.Expiry(_view.Layout);
        for (var row = 0; row < applied.Count; row++)
        {
            int shortfall;
            while (rows.Retracts(row) ? !new Region(state, _view.Layout).TryRetract(rows, row, out shortfall, out _) : !new Region(state, _view.Layout).TryAdd(rows, row, out shortfall, expiry))
            {
                var larger = new byte[new Region(state, _view.Layout).CompactSize + shortfall];
                new Region(state, _view.Layout).CopyTo(larger);
                state = larger;
            }
        }
        windows.Touch(_view.Layout, state, rows, 0, applied.Count);
        _cells[key] = (state, windows);
        values.Release();
    }

    private byte[] KeyOf(long key) => KeyCodec.FromText(_view.Description.Entity, new Dictionary<string, string> { ["k"] = $"{key}" });

    /// <summary>What the embedded host emits.</summary>
    public List<Emitted> Next(bool all)
    {
        var result = new List<Emitted>();
        while (_store.Closing!.Next(_store, all) is { } batch) Take(batch, result);
        return result;
    }

    private List<Emitted> Close()
    {
        var result = new List<Emitted>();
        foreach (var (key, (state, windows)) in _cells)
        {
            windows.Close(_view.Layout, new CloseRequest(Watermark, Watermark), KeyOf(key), state, _cellRows);
            if (_cellRows.Count > 0) Take(_cellRows.Take(0, 0, Watermark), result);
        }
        return result;
    }

    private static void Take(ColumnBatch batch, List<Emitted> result)
    {
        for (var row = 0; row < batch.Count; row++)
        {
            string[] cells = [.. Enumerable.Range(0, batch.Schema.Count).Select(c => FeatureValue.From(batch[c], row).ToString())];
            result.Add(new Emitted(
                ((Int64Column)batch[0])[row], cells[1], ((Int64Column)batch[2])[row], ((Int64Column)batch[3])[row], ((Int64Column)batch[4])[row], cells[5], string.Join(' ', cells[6..]), string.Join(' ', cells)));
            Assert.Equal(cells[5], ((ChangeOp)batch.Headers.Ops[row]) switch { ChangeOp.Create => "c", ChangeOp.Update => "u", ChangeOp.Delete => "d", var op => op.ToString() });
        }
        batch.Release();
    }

    /// <summary>Saves what is known of windows and all states, and goes on from there.</summary>
    public void Restart()
    {
        var closing = new ClosingWindows(_view, 0, 1);
        foreach (var chunk in _store.Closing!.Save()) ClosingWindows.Load(chunk, _ => closing);
        closing.Restore(Watermark, _store.Closing.Rows);
        var store = new KeyStore(_view.Layout, closing);
        foreach (var key in _cells.Keys.ToArray())
        {
            var bytes = KeyOf(key);
            var copy = _store.TryCopy(bytes, KeyGroup.Hash(bytes), out var length)!;
            store.Restore(copy.AsSpan(0, length), KeyGroup.Hash(bytes));
            var (state, windows) = _cells[key];
            var (stored, _, known, _) = KeyContent.Read(KeyContent.Write(_view.Layout, state, new PositionVector(), windows, Watermark));
            known!.Settle(_view.Layout, stored);
            _cells[key] = (stored, known);
        }
        _store = store;
    }

    /// <summary>Every window that holds anything, computed from the rows that it took.</summary>
    public IEnumerable<Instance> Instances()
    {
        foreach (var window in Windows)
        {
            foreach (var rows in _contributions.Where(c => c.Window == window).GroupBy(c => c.Row.Key, c => c.Row))
            {
                var instances = window.Shape == WindowShape.Session ? Sessions(rows, window.Size) : Fixed(rows, window);
                foreach (var (start, end) in instances)
                {
                    var values = rows.Where(r => r.Time >= start && r.Time < end && r.Value is not null).Select(r => r.Value!.Value).ToArray();
                    yield return new Instance(rows.Key, window.Name, start, end, values.Length == 0 ? "null null" : $"{values.Sum()} {values.Max()}");
                }
            }
        }
    }

    private static IEnumerable<(long, long)> Fixed(IEnumerable<Row> rows, WindowPlan window) =>
        rows.Where(r => r.Value is not null).SelectMany(r =>
        {
            var ends = new List<(long, long)>();
            for (var end = r.Time / window.Every * window.Every + window.Every; end - window.Size <= r.Time; end += window.Every) ends.Add((end - window.Size, end));
            return ends;
        }).Distinct();

    private static IEnumerable<(long, long)> Sessions(IEnumerable<Row> rows, long gap)
    {
        var times = rows.Select(r => r.Time).Order().ToArray();
        for (var i = 0; i < times.Length;)
        {
            var first = times[i];
            while (i + 1 < times.Length && times[i + 1] - times[i] < gap) i++;
            yield return (first, times[i++] + gap);
        }
    }
}
