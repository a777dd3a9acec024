using StreamForge.Core;

namespace StreamForge.Pipeline.Definitions;

/// <summary>The words of faults: did-you-mean and quoting.</summary>
public static class DefinitionText
{
    /// <summary>The end of a sentence about an unknown name: <c>; did you mean 'windows'?</c>, else the known names, else nothing.</summary>
    public static string Suggest(string name, IEnumerable<string> candidates)
    {
        var known = candidates.ToList();
        if (NearestName.Find(name, known) is { } nearest) return $"; did you mean '{nearest}'?";
        return known.Count == 0 ? "" : $"; known: {string.Join(", ", known)}";
    }

    /// <summary><c>a, b or c</c>.</summary>
    public static string Or(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return words.Count < 2 ? string.Concat(words) : $"{string.Join(", ", words.SkipLast(1))} or {words[^1]}";
    }

    /// <summary>The start of a text in quotes, on one line.</summary>
    public static string Quote(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        const int shown = 60;
        var end = text.AsSpan().IndexOfAny('\r', '\n');
        var line = end < 0 ? text : text[..end];
        return line.Length == text.Length && line.Length <= shown ? $"'{line}'" : $"'{line[..Math.Min(line.Length, shown)]}…'";
    }
}
