using FsCheck;
using FsCheck.Fluent;
using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Oracle;

/// <summary>What must hold between the oracle's answers, whatever the events.</summary>
public class OraclePropertyTests
{
    [Fact]
    public void Watermark_never_moves_back_and_never_passes_what_was_seen() => Holds((_, oracle) =>
    {
        var seen = long.MinValue;
        long? before = null;
        foreach (var arrival in oracle.Arrivals)
        {
            if (before is not null && !(arrival.Watermark >= before)) return false;
            if (arrival.Watermark > seen) return false;
            before = arrival.Watermark;
            seen = Math.Max(seen, arrival.Event.Time);
        }
        return true;
    });

    [Fact]
    public void Order_of_arrival_is_irrelevant_to_counts_when_nothing_is_late() => Holds((scenario, _) =>
    {
        var view = scenario.View with { Aggregates = [new("n", OracleFunction.Count), new("d", OracleFunction.Distinct, "item")], AllowedLateness = long.MaxValue / 4 };
        var arrived = new FeatureOracle(scenario with { View = view });
        var sorted = new FeatureOracle(scenario with { View = view, Events = [.. scenario.Events.OrderBy(e => e.Time)] });
        return arrived.Keys.All(key => arrived.Read(key).Features.SequenceEqual(sorted.Read(key).Features));
    });

    [Fact]
    public void Late_events_never_change_what_now_sees_when_every_row_reaches_the_view() => Holds((scenario, _) =>
    {
        // A session reaches back as far as its events hold together, so a late one may be a part of the present one.
        var windows = scenario.View.Windows.RemoveAll(w => w.Kind == OracleWindowKind.Session);
        var whole = scenario with { Events = [.. scenario.Events.Where(e => e.Key is not null)], View = scenario.View with { Windows = windows, Filter = null, Must = null } };
        var strict = new FeatureOracle(whole);
        var lenient = new FeatureOracle(whole with { View = whole.View with { AllowedLateness = long.MaxValue / 4 } });
        return strict.Keys.All(key => strict.Read(key).Features.SequenceEqual(lenient.Read(key).Features));
    });

    [Fact]
    public void Windows_that_lie_side_by_side_add_up_to_lifetime() => Holds((scenario, _) =>
    {
        // Tiles as long as the window, and every read at a tile's end: the windows neither overlap nor leave a gap.
        const long size = 3_600_000_000;
        var view = new OracleView(
            [OracleWindow.Sliding(size), OracleWindow.Lifetime], [new("n", OracleFunction.Count)],
            AllowedLateness: long.MaxValue / 4, Resolution: size, Partitions: scenario.View.Partitions);
        var oracle = new FeatureOracle(scenario with { View = view });
        return oracle.Keys.All(key =>
        {
            var ends = oracle.Arrivals.Where(a => a.Event.Key == key).Select(a => OracleWindow.Floor(a.Event.Time, size) + size).Distinct();
            var sum = ends.Sum(end => (long)((OracleValue.Integer)oracle.Read(key, end)["n_1h"].Value!).Value);
            return oracle.Read(key)["n_lifetime"].Value == sum;
        });
    });

    private static void Holds(Func<OracleCase, FeatureOracle, bool> property) =>
        Prop.ForAll(OracleCases.Arbitrary(), scenario => property(scenario, new FeatureOracle(scenario))).QuickCheckThrowOnFailure();
}
