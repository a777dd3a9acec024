using System.Globalization;
using System.Text.Json;
using StreamForge.Cluster.Features;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Reads;
using StreamForge.Testing.Cluster;
using StreamForge.Testing.Cluster.Workload;
using StreamForge.Testing.Cluster.World;
using StreamForge.Testing.Oracle;
using StreamForge.Tests.Engine;

namespace StreamForge.Tests.Cluster.Simulation;

/// <summary>
/// Holds what a simulated cluster has come to against the oracle, which shares no code with either host: features of every shape of window, the rows of closed windows, both ledgers. What the definitions leave to a host is by what time
/// the events of several partitions judge one another: that the oracle takes from the partitions' records, and everything else follows from it.
/// </summary>
internal sealed class OracleJudge
{
    /// <summary>So many keys of a view are read, at so many moments besides now.</summary>
    private const int MostKeys = 4, Moments = 1;

    private const string Lateness = "the watermark had passed the end of its windows";

    private readonly ClusterSimulation _simulation;
    private readonly SimulatedWorkload _workload;
    private readonly StateReader _reader;
    private readonly (ViewPlan Plan, string Entity, OracleWorkload Events, FeatureOracle Oracle)[] _views;

    public OracleJudge(ClusterSimulation simulation)
    {
        _simulation = simulation;
        _workload = simulation.Workload;
        _reader = new StateReader(new SimulatedTime(simulation.World));
        _views = [.. new[] { (View: _workload.Views.Customers, Entity: "customer"), (View: _workload.Views.Products, Entity: "product") }.Select((v, i) =>
        {
            var events = new OracleWorkload(simulation, v.View, v.Entity);
            return (_workload.Plan.Views[i], v.Entity, events, new FeatureOracle(events.Case));
        })];
    }

    /// <summary>The first difference; null when there is none.</summary>
    public string? Difference(Random random)
    {
        for (var view = 0; view < _views.Length; view++)
        {
            if (Features(view, random) is { } difference) return $"by the oracle, {_views[view].Plan.Name}: {difference}";
        }
        var (plan, entity, events, oracle) = _views[^1];
        var sink = _workload.Plan.Sinks.Single(s => s.Name == "closed");
        var rows = _simulation.Tables.Single(t => t.Name == sink.Name).Rows.Select(r => r.Json).OrderBy(json => ClosedWindow.Parse(json).Revision);
        if (WindowComparison.Difference(oracle, events.Case.View, sink.Schema, entity, rows, drained: false) is { } closed) return $"by the oracle, closed windows of {plan.Name}: {closed}";
        return Ledgers() is { } ledger ? $"by the oracle, {ledger}" : null;
    }

    private string? Features(int view, Random random)
    {
        var (plan, entity, events, oracle) = _views[view];
        if (oracle.NewestEvent is null) return null;
        var newest = _simulation.Storage.Content.NewestEvent(view);
        var keys = oracle.Keys.Append("4711").ToArray();
        random.Shuffle(keys);
        foreach (var key in keys.Take(MostKeys))
        {
            if (ReadComparison.Difference(oracle, Read, plan.Description, events.Case.View, key, null) is { } now) return now;
            for (var i = 0; i < Moments; i++)
            {
                var at = oracle.Arrivals[random.Next(oracle.Arrivals.Length)].Event.Time + random.Next(-1, 3) * random.NextInt64(1, 90_000_000);
                // A key may have been judged by a later time than the pipeline's, and has dropped by that.
                var judged = Stored(key).Judged;
                if (judged > _simulation.Invariants.Watermark && at < plan.Layout.EarliestReadable(judged, newest)) continue;
                if (at is >= EventTime.Earliest and <= EventTime.Latest && ReadComparison.Difference(oracle, Read, plan.Description, events.Case.View, key, at) is { } past) return past;
            }
        }
        return null;

        (byte[] State, long Judged) Stored(string key)
        {
            var id = new KeyId(view, KeyCodec.FromText(plan.Description.Entity, new Dictionary<string, string>(StringComparer.Ordinal) { [entity] = key }));
            if (_simulation.Storage.Content.Load(id) is not { } stored) return ([], EventTime.MinValue);
            var content = KeyContent.Read(stored.Content);
            return (content.State, content.Watermark);
        }

        FeatureRow Read(string key, long? at)
        {
            var (state, judged) = Stored(key);
            var row = new FeatureRow();
            _reader.Read(plan, state, new ReadTimes(_simulation.Invariants.Watermark, Math.Max(_simulation.Invariants.Watermark, judged), newest), at, row);
            return row;
        }
    }

    private string? Ledgers() =>
        Multiset("late ledger", Late(), Entries(LedgerKind.Late, isLate: true, json => $"{Text(json, "event_time")} {Text(json, "watermark")} {string.Join(',', json.GetProperty("missed").EnumerateArray().Select(m => m.GetString()).Order(StringComparer.Ordinal))}"))
        ?? Multiset("orphans", Orphans(), Entries(LedgerKind.Late, isLate: false, static _ => ""))
        ?? Multiset("dead letters", DeadLetters(), Entries(LedgerKind.DeadLetters, null, static _ => ""));

    /// <summary>An event that missed windows has one record, over all views.</summary>
    private IEnumerable<string> Late() => _views
        .SelectMany(v => v.Oracle.Late.SelectMany(a => a.Missed.Select(w => (Position: v.Events.PositionOf(a.Index), a.Event.Time, a.Watermark, Missed: $"{v.Plan.Name}.{w.Name}"))))
        .GroupBy(l => (l.Position, l.Time, l.Watermark))
        .Select(e => $"{e.Key.Position} {EventTime.Format(e.Key.Time)} {EventTime.Format(e.Key.Watermark!.Value)} {string.Join(',', e.Select(l => l.Missed).Order(StringComparer.Ordinal))}");

    /// <summary>What images miss the partition finds once; what a view's tiles miss is the view's.</summary>
    private IEnumerable<string> Orphans()
    {
        var found = _views.SelectMany(v => v.Oracle.Orphans.Select(v.Events.PositionOf));
        return (_workload.Source == OracleSource.Stored ? found.Distinct(StringComparer.Ordinal) : found).Select(p => $"{p} ");
    }

    /// <summary>What cannot be decoded or lacks its time, and what fails the transformation that the customers are made of.</summary>
    private IEnumerable<string> DeadLetters() => _views[0].Oracle.DeadLetters.Select(_views[0].Events.PositionOf)
        .Concat(_workload.Events.Where(e => !SimulatedWorkload.IsRow(e)).Select(e => string.Create(CultureInfo.InvariantCulture, $"{_workload.Plan.Sources[0].Name}/{e.Partition} {e.Offset}")))
        .Select(p => $"{p} ");

    private IEnumerable<string> Entries(LedgerKind ledger, bool? isLate, Func<JsonElement, string> rest)
    {
        foreach (var entry in _simulation.Storage.Content.Ledger.Where(e => e.Ledger == ledger))
        {
            using var document = JsonDocument.Parse(entry.Json);
            if (isLate is null || isLate == (Text(document.RootElement, "reason") == Lateness)) yield return $"{entry.Partition} {entry.Position} {rest(document.RootElement)}";
        }
    }

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static string? Multiset(string what, IEnumerable<string> expected, IEnumerable<string> actual)
    {
        var (missing, unexpected) = (expected.ToList(), new List<string>());
        foreach (var item in actual)
        {
            if (!missing.Remove(item)) unexpected.Add(item);
        }
        return missing.Count > 0 ? $"{what}: {missing[0]} is missing{(unexpected.Count > 0 ? $", there is {unexpected[0]}" : "")}" : unexpected.Count > 0 ? $"{what}: {unexpected[0]} should not be there" : null;
    }
}
