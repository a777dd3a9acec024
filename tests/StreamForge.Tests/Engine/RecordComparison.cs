using StreamForge.Core;
using StreamForge.Testing.Oracle;

namespace StreamForge.Tests.Engine;

/// <summary>What is in the engine's ledgers otherwise than by the oracle.</summary>
internal static class RecordComparison
{
    public static string? Difference(FeatureOracle oracle, EngineCase engine)
    {
        if ((oracle.Watermark ?? EventTime.MinValue) != engine.Watermark) return $"watermark {engine.Watermark}, expected {oracle.Watermark}";
        if (oracle.Duplicates != engine.Duplicates) return $"{engine.Duplicates} duplicates, expected {oracle.Duplicates}";
        if (oracle.ExpiredChanges != engine.Expired) return $"{engine.Expired} expired changes, expected {oracle.ExpiredChanges}";
        return Lists("orphan", oracle.Orphans.Select(i => $"{i}"), engine.Orphans.Select(i => $"{i}"))
            ?? Lists("dead letter", oracle.DeadLetters.Select(i => $"{i}"), engine.DeadLetters.Select(d => d.Position))
            ?? Lists(
                "late record",
                oracle.Late.Select(a => $"{a.Index} at {a.Event.Time} under {a.Watermark}: {string.Join(",", a.Missed.Select(w => "v." + w.Name))}"),
                engine.Late.Select(l => $"{l.Position} at {l.EventTime} under {l.Watermark}: {string.Join(",", l.Missed)}"));
    }

    private static string? Lists(string what, IEnumerable<string> expected, IEnumerable<string> actual)
    {
        var (left, unexpected) = (expected.ToList(), new List<string>());
        foreach (var item in actual)
        {
            if (!left.Remove(item)) unexpected.Add(item);
        }
        return left.Count > 0 ? $"missing {what} {left[0]}" : unexpected.Count > 0 ? $"unexpected {what} {unexpected[0]}" : null;
    }
}
