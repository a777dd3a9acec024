using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Oracle;

public class RandomEventsTests
{
    [Fact]
    public void Same_seed_gives_the_same_case_and_another_seed_another()
    {
        Assert.Equal(RandomEvents.Case(42).ToJson(), RandomEvents.Case(42).ToJson());
        Assert.NotEqual(RandomEvents.Case(42).ToJson(), RandomEvents.Case(43).ToJson());
    }

    [Fact]
    public void Cases_come_back_from_json_unchanged()
    {
        foreach (var scenario in Enumerable.Range(0, 200).Select(RandomEvents.Case))
        {
            var withSignal = scenario with { Signals = [new(0, 0, OraclePartitionState.Idle)] };
            Assert.Equal(withSignal.ToJson(), OracleCase.Parse(withSignal.ToJson()).ToJson());
        }
    }

    [Fact]
    public void Case_from_json_is_answered_like_the_one_it_was_written_from()
    {
        foreach (var scenario in Enumerable.Range(0, 60).Select(RandomEvents.Case)) Assert.Equal(Answers(scenario), Answers(OracleCase.Parse(scenario.ToJson())));

        static List<string> Answers(OracleCase scenario)
        {
            var oracle = new FeatureOracle(scenario);
            return [.. oracle.Keys.SelectMany(key => oracle.Read(key).Features.Select(f => $"{key} {f}"))];
        }
    }

    [Fact]
    public void Predicate_that_is_a_bare_function_cannot_be_written()
    {
        var view = new OracleView([OracleWindow.Lifetime], [new("a", OracleFunction.Count, Where: new(e => e.Time > 0))]);
        Assert.Contains("predicate of a", Assert.Throws<InvalidOperationException>(() => new OracleCase(view).ToJson()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shapes_bring_everything_that_an_engine_may_trip_over()
    {
        var cases = Enumerable.Range(0, 300).Select(RandomEvents.Case).ToList();
        var events = cases.SelectMany(c => c.Events).ToList();
        Assert.Contains(events, e => e.Key is null);
        Assert.Contains(events, e => e.Time < 0);
        Assert.Contains(events, e => e["quantity"] is null);
        Assert.Contains(events, e => e["quantity"] == long.MaxValue);
        Assert.Contains(cases, c => c.Events.IsEmpty);
        Assert.Contains(cases, c => c.View.Partitions > 1);
        Assert.Contains(cases, c => c.View.Resolution is not null);
        Assert.Contains(cases, c => new FeatureOracle(c).Late.Any(a => a.Missed.Length < c.View.Windows.Length));
        Assert.Contains(cases, c => c.Events.Zip(c.Events.Skip(1)).Any(p => p.First.Time == p.Second.Time && p.First.Key == p.Second.Key));
        Assert.All(events, e => Assert.InRange(e.Time, -62_135_596_800_000_000, 253_402_300_799_999_999));
    }

    [Fact]
    public void Shrinking_finds_the_one_event_that_matters()
    {
        var shape = new EventShape(Events: 80, Duplicates: 0);
        var start = RandomEvents.Case(7, shape) is var c ? c with { Events = c.Events.SetItem(33, new(5, "culprit", ("item", "x"), ("quantity", 1L))) } : null!;
        while (CaseShrinking.Shrink(start).FirstOrDefault(Fails) is { } smaller) start = smaller;
        var left = Assert.Single(start.Events);
        Assert.Equal("culprit", left.Key);
        Assert.All(left.Values, v => Assert.Null(v.Value));
        Assert.Single(start.View.Windows);
        Assert.Single(start.View.Aggregates);

        static bool Fails(OracleCase scenario) => scenario.Events.Any(e => e.Key == "culprit");
    }

    [Fact]
    public void Shrinking_keeps_signals_in_their_place()
    {
        var scenario = RandomEvents.Case(1, new EventShape(Events: 10)) with { Signals = [new(10, 0, OraclePartitionState.Finished)] };
        Assert.All(CaseShrinking.Shrink(scenario).Where(s => s.Signals.Length > 0), s => Assert.Equal(s.Events.Length, s.Signals[0].Before));
    }
}
