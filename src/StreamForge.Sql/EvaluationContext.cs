using System.Text.RegularExpressions;
using StreamForge.Core;

namespace StreamForge.Sql;

/// <summary>
/// What expressions need from outside: the clock for NOW() and its kin, random numbers, and caches that outlive a batch.
/// Reusable for many batches and queries, by one thread at a time.
/// </summary>
/// <param name="clock">Read at most once a batch, so that all rows of a batch agree on what now is.</param>
public sealed class EvaluationContext(TimeProvider clock)
{
    private const int MaxPatterns = 1000;

    private readonly Dictionary<string, Regex?> _patterns = new(StringComparer.Ordinal);

    internal Random Random { get; } = new();

    internal long Now() => EventTime.Now(clock);

    /// <summary>A pattern that is computed per row, compiled once; null when it is none.</summary>
    internal Regex? Pattern(string text)
    {
        if (_patterns.TryGetValue(text, out var pattern)) return pattern;
        if (_patterns.Count >= MaxPatterns) _patterns.Clear();
        return _patterns[text] = Functions.Patterns.Compile(text, out _);
    }
}
