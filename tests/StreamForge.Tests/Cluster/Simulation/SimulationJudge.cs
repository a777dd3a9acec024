using System.Text.Json;
using StreamForge.Cluster.Features;
using StreamForge.Cluster.Ports;
using StreamForge.Core;
using StreamForge.Pipeline.Plans;
using StreamForge.Pipeline.Reads;
using StreamForge.Testing.Cluster;
using StreamForge.Testing.Cluster.Workload;

namespace StreamForge.Tests.Cluster.Simulation;

/// <summary>Holds what a simulated cluster has come to against what the embedded engine makes of the same events; see also <see cref="OracleJudge"/>. Each part gives the first difference, or null.</summary>
internal sealed class SimulationJudge(ClusterSimulation simulation, EmbeddedTruth truth)
{
    private readonly SimulatedWorkload _workload = simulation.Workload;
    private readonly PipelinePlan _plan = simulation.Workload.Plan;

    private const string Lateness = "the watermark had passed the end of its windows";

    private readonly List<ClosedWindow> _open = [.. truth.Open.Select(ClosedWindow.Parse)];

    private bool IsDetermined => _workload.Order != WorkloadOrder.LateInSeveral;

    /// <summary>The first difference; null when there is none.</summary>
    public string? Difference() => Keys() ?? Features() ?? Rows() ?? DeadLetters() ?? Late() ?? ClosedWindows();

    private string? Keys()
    {
        for (var view = 0; view < _plan.Views.Length; view++)
        {
            var stored = simulation.Storage.Content.Keys.Where(k => k.Key.View == view && KeyContent.Read(k.Value.Key.Content).State.Length > 0).Select(k => Convert.ToHexString(k.Key.Key)).ToHashSet();
            var expected = truth.Keys(view).Select(Convert.ToHexString).ToHashSet();
            if (!stored.SetEquals(expected)) return $"{_plan.Views[view].Name}: keys are missing ({string.Join(' ', expected.Except(stored))}) or too many ({string.Join(' ', stored.Except(expected))})";
        }
        return null;
    }

    private string? Features()
    {
        var computer = new FeatureComputer();
        var (expected, actual) = (new FeatureRow(), new FeatureRow());
        for (var view = 0; view < _plan.Views.Length; view++)
        {
            var plan = _plan.Views[view];
            var newest = truth.Newest(view);
            foreach (var key in truth.Keys(view))
            {
                var state = KeyContent.Read(simulation.Storage.Content.Load(new KeyId(view, key))!.Content).State;
                expected.At = actual.At = newest + 1;
                expected.NewestEvent = actual.NewestEvent = newest;
                computer.Compute(plan, truth.State(view, key), expected);
                computer.Compute(plan, state, actual);
                for (var f = 0; f < plan.Description.Features.Length; f++)
                {
                    var feature = plan.Description.Features[f];
                    if (!IsDetermined && !feature.Name.EndsWith("_lifetime", StringComparison.Ordinal)) continue;
                    if (!Same(expected.Values[f], actual.Values[f]))
                        return $"{plan.Name} {string.Join(',', KeyCodec.Read(key, plan.Description.Entity))}: {feature.Name} is {actual.Values[f]} ({actual.Values[f].Status}), expected {expected.Values[f]} ({expected.Values[f].Status})";
                }
            }
        }
        return null;
    }

    private bool Same(in FeatureValue expected, in FeatureValue actual)
    {
        if (expected.Status != actual.Status) return false;
        if (expected.Status != FeatureStatus.Present || expected.Type.Kind != TypeKind.Double) return expected.ToString() == actual.ToString();
        // What has been taken out has been rounded too.
        return Math.Abs(expected.Double - actual.Double) <= (_workload.Before is null ? 1e-12 : 1e-9) * Math.Max(1, Math.Abs(expected.Double));
    }

    private string? Rows()
    {
        foreach (var table in simulation.Tables.Where(t => t.Name == "lines"))
        {
            var expected = truth.Rows.GetValueOrDefault(table.Name, []);
            if (Multiset(expected.Select(r => r.ToString()), table.Rows.Select(r => r.ToString())) is { } difference) return $"{table.Name}: {difference}";
        }
        return null;
    }

    private static string? Multiset(IEnumerable<string> expected, IEnumerable<string> actual)
    {
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var item in expected) counts[item] = counts.GetValueOrDefault(item) + 1;
        foreach (var item in actual) counts[item] = counts.GetValueOrDefault(item) - 1;
        var wrong = counts.Where(c => c.Value != 0).ToList();
        if (wrong.Count == 0) return null;
        var (first, count) = wrong[0];
        return $"{wrong.Count} differ; {first} is {(count > 0 ? "missing" : "too many")} ({Math.Abs(count)} times)";
    }

    private string? DeadLetters() => Multiset(truth.DeadLetters.Select(d => $"{d.Partition} {d.Position}"), Ledger(LedgerKind.DeadLetters)) is { } difference ? $"dead letters: {difference}" : null;

    private string? Late()
    {
        // An event that is an orphan is one of each view.
        var late = simulation.Storage.Content.Ledger.Where(e => e.Ledger == LedgerKind.Late).Select(e => $"{e.Partition} {e.Position} {Reason(e.Json)}").ToList();
        if (late.Count != late.Distinct(StringComparer.Ordinal).Count()) return "an event is in the late ledger twice";
        if (!IsDetermined) return null;
        var expected = truth.Late.Select(l => $"{l.Partition} {l.Position} {EventTime.FormatOrNull(l.EventTime)} {(l.Reason is null ? EventTime.FormatOrNull(l.Watermark) : null)} {l.Reason ?? Lateness} {string.Join(',', l.Missed)}");
        var actual = simulation.Storage.Content.Ledger.Where(e => e.Ledger == LedgerKind.Late).Select(e => LateLine(e.Json));
        return Multiset(expected, actual) is { } difference ? $"late ledger: {difference}" : null;
    }

    private IEnumerable<string> Ledger(LedgerKind ledger) => simulation.Storage.Content.Ledger.Where(e => e.Ledger == ledger).Select(e => $"{e.Partition} {e.Position}");

    private static string LateLine(string json)
    {
        using var document = JsonDocument.Parse(json);
        var line = document.RootElement;
        var missed = string.Join(',', line.GetProperty("missed").EnumerateArray().Select(m => m.GetString()));
        return $"{line.GetProperty("source").GetString()}/{line.GetProperty("partition")} {line.GetProperty("position").GetString()} {Text("event_time")} {(Text("reason") == Lateness ? Text("watermark") : null)} {Text("reason")} {missed}";

        string? Text(string name) => line.TryGetProperty(name, out var value) ? value.GetString() : null;
    }

    private static string Reason(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.GetProperty("reason").GetString()!;
    }

    private string? ClosedWindows()
    {
        var last = new Dictionary<(string, string, string), ClosedWindow>();
        foreach (var row in simulation.Tables.Single(t => t.Name == "closed").Rows.Select(r => ClosedWindow.Parse(r.Json)).OrderBy(r => r.Revision))
        {
            var expected = last.TryGetValue(row.Identity, out var before) ? before.Revision + 1 : 0;
            if (row.Revision != expected) return $"closed window {row.Identity}: revision {row.Revision}, expected {expected}";
            if (row.Op != (expected == 0 ? "c" : "u") && !(expected > 0 && row.Op == (before!.Op == "d" ? "c" : "d"))) return $"closed window {row.Identity}: op {row.Op} in revision {expected}";
            last[row.Identity] = row;
        }
        return IsDetermined ? LastRevisions(last) : null;
    }

    private string? LastRevisions(Dictionary<(string, string, string), ClosedWindow> last)
    {
        var expected = new Dictionary<(string, string, string), ClosedWindow>();
        foreach (var row in truth.Closed.Select(ClosedWindow.Parse)) expected[row.Identity] = row;
        // A window that is gone in the end may have been emitted in between or not.
        foreach (var rows in new[] { expected, last })
        {
            foreach (var gone in rows.Where(r => r.Value.Op == "d" || IsOfAnOpenSession(r.Value)).Select(r => r.Key).ToArray()) rows.Remove(gone);
        }
        foreach (var (identity, row) in expected)
        {
            if (!last.Remove(identity, out var actual)) return $"closed window {identity} is missing";
            if (actual.Values != row.Values) return $"closed window {identity}: {actual.Values}, expected {row.Values}";
        }
        return last.Count == 0 ? null : $"closed window {last.First().Key} was not to be emitted";
    }

    /// <summary>Whether a session has gone on since it was emitted, or has become a part of one that goes on: whether it was emitted before depends on when time was looked at.</summary>
    private bool IsOfAnOpenSession(ClosedWindow row) => row.Window.StartsWith("session", StringComparison.Ordinal) && _open.Exists(o =>
        o.Key == row.Key && o.Window == row.Window && (o.Op == "d" ? o.Start == row.Start : Time(o.Start) <= Time(row.Start) && Time(row.Start) < Time(o.End)));

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
