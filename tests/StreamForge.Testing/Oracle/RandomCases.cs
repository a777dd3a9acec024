using System.Collections.Immutable;

namespace StreamForge.Testing.Oracle;

/// <summary>Random cases of every kind, the same for the same seed.</summary>
public static class RandomCases
{
    /// <summary>A case: a view, and events or changes of a random shape.</summary>
    public static OracleCase Case(int seed, CaseKinds kinds)
    {
        var random = new Random(seed);
        return Case(random, kinds, EventShape.Random(random));
    }

    /// <summary>A case over events of a given shape.</summary>
    public static OracleCase Case(Random random, CaseKinds kinds, EventShape shape)
    {
        var source = kinds.Sources[random.Next(kinds.Sources.Length)];
        var view = RandomViews.View(random, shape, kinds) with { Source = source };
        var scenario = source == OracleSource.Append
            ? new OracleCase(view, RandomEvents.Events(random, shape), [])
            : new OracleCase(view, [], []) { Changes = new RandomChanges(random, shape, source == OracleSource.Stored).Draw() };
        return kinds.HasSignals && shape.Partitions > 1 && random.Next(2) == 0 ? scenario with { Signals = Signals(random, scenario) } : scenario;
    }

    /// <summary>Partitions that have brought something fall idle now and then, and some finish after their last event.</summary>
    private static ImmutableArray<OracleSignal> Signals(Random random, OracleCase scenario)
    {
        var signals = new List<OracleSignal>();
        for (var partition = 0; partition < scenario.View.Partitions; partition++)
        {
            var events = Enumerable.Range(0, scenario.Length).Where(i => scenario.PartitionOf(i) == partition).ToList();
            if (events.Count == 0)
            {
                if (random.Next(2) == 0) signals.Add(new(random.Next(scenario.Length + 1), partition, OraclePartitionState.Idle));
                continue;
            }
            for (var n = random.Next(3); n > 0; n--) signals.Add(new(random.Next(events[0] + 1, events[^1] + 1), partition, OraclePartitionState.Idle));
            if (random.Next(2) == 0) signals.Add(new(random.Next(events[^1] + 1, scenario.Length + 1), partition, OraclePartitionState.Finished));
        }
        return [.. signals.OrderBy(s => s.Before)];
    }
}
