using System.Collections.Immutable;

namespace StreamForge.Testing.Oracle;

/// <summary>Smaller versions of a case.</summary>
public static class CaseShrinking
{
    /// <summary>
    /// Smaller cases that may fail in the same way, the smallest first: halves of the events, single events left out, windows and aggregates
    /// left out, values made null. All are valid cases.
    /// </summary>
    public static IEnumerable<OracleCase> Shrink(OracleCase scenario)
    {
        for (var length = scenario.Length / 2; length > 0; length /= 2)
        {
            for (var start = 0; start < scenario.Length; start += length)
                yield return Without(scenario, start, Math.Min(length, scenario.Length - start));
        }
        var view = scenario.View;
        for (var i = 0; i < view.Windows.Length && view.Windows.Length > 1; i++)
            yield return scenario with { View = view with { Windows = view.Windows.RemoveAt(i) } };
        for (var i = 0; i < view.Aggregates.Length && view.Aggregates.Length > 1; i++)
            yield return scenario with { View = view with { Aggregates = view.Aggregates.RemoveAt(i) } };
        foreach (var simpler in Simpler(view)) yield return scenario with { View = simpler };
        for (var i = 0; i < scenario.Signals.Length; i++) yield return scenario with { Signals = scenario.Signals.RemoveAt(i) };
        for (var i = 0; i < scenario.Events.Length; i++)
        {
            var e = scenario.Events[i];
            foreach (var column in e.Values.Where(v => v.Value is not null).Select(v => v.Key))
                yield return scenario with { Events = scenario.Events.SetItem(i, e with { Values = e.Values.SetItem(column, null) }) };
        }
    }

    private static IEnumerable<OracleView> Simpler(OracleView view)
    {
        if (view.Filter is not null) yield return view with { Filter = null };
        if (view.Must is not null) yield return view with { Must = null };
        if (view.Exact) yield return view with { Exact = false };
        if (view.Resolution is not null) yield return view with { Resolution = null };
        if (view.AllowedLateness > 0) yield return view with { AllowedLateness = 0 };
        if (view.OutOfOrderness > 0) yield return view with { OutOfOrderness = 0 };
        for (var i = 0; i < view.Aggregates.Length; i++)
        {
            if (view.Aggregates[i].Where is not null) yield return view with { Aggregates = view.Aggregates.SetItem(i, view.Aggregates[i] with { Where = null }) };
        }
    }

    private static OracleCase Without(OracleCase scenario, int start, int length)
    {
        var signals = scenario.Signals.Select(s => s with { Before = s.Before <= start ? s.Before : Math.Max(start, s.Before - length) }).ToImmutableArray();
        if (scenario.View.Source == OracleSource.Append) return scenario with { Events = scenario.Events.RemoveRange(start, length), Signals = signals };
        var (changes, before) = Repaired(scenario.Changes, start, length, scenario.View);
        return scenario with { Changes = changes, Signals = [.. signals.Select(s => s with { Before = before[s.Before] })] };
    }

    /// <summary>
    /// What is left of a changelog without some of its events. Whole before images are made those of what is left: an update of a row that is not there any more is its creation,
    /// a delete of such a row is left out, and changes of rows that nobody had seen stay as they are.
    /// </summary>
    /// <returns>The changes, and for each place among those left before the repair its place after it.</returns>
    private static (ImmutableArray<OracleChange> Changes, int[] Before) Repaired(ImmutableArray<OracleChange> changes, int start, int length, OracleView view)
    {
        var rows = new Dictionary<string, OracleImage>(StringComparer.Ordinal);
        var partitions = Enumerable.Range(0, view.Partitions).Select(_ => new OracleChangelog(isStored: true)).ToArray();
        var left = ImmutableArray.CreateBuilder<OracleChange>();
        var before = new List<int>();
        for (var i = 0; i < changes.Length; i++)
        {
            if (i >= start && i < start + length) continue;
            before.Add(left.Count);
            var change = changes[i];
            if (change.Id is { } id && !partitions[change.Partition].Next(change).IsDuplicate)
            {
                var isLost = change.Before?.Key?.StartsWith("lost", StringComparison.Ordinal) == true;
                var known = rows.GetValueOrDefault(id);
                if (view.Source == OracleSource.Full && !isLost && change.Op == OracleOp.Delete && known is null) continue;
                if (view.Source == OracleSource.Full && !isLost && change.Op is (OracleOp.Update or OracleOp.Delete))
                    change = known is null ? change with { Op = OracleOp.Create, Before = null } : change with { Before = known };
                if (view.Source == OracleSource.Stored && known is null && change.After is { Unavailable.IsEmpty: false } after) change = change with { After = after.Filled(null) };
                if (change.After is { } image) rows[id] = image.Filled(known);
                else rows.Remove(id);
            }
            left.Add(change);
        }
        before.Add(left.Count);
        return (left.ToImmutable(), [.. before]);
    }
}
