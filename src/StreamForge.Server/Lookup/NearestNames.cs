namespace StreamForge.Server.Lookup;

/// <summary>What a misspelt name may have meant.</summary>
internal static class NearestNames
{
    /// <summary>Up to three of <paramref name="known"/> that are near <paramref name="name"/>, nearest first, as <c>; did you mean a or b?</c>; else all when they are few; else nothing.</summary>
    public static string Hint(string name, IEnumerable<string> known)
    {
        var names = known.Order(StringComparer.Ordinal).ToArray();
        if (names.Length == 0) return "; there are none";
        var near = names
            .Select(candidate => (Candidate: candidate, Distance: Distance(name, candidate)))
            .Where(pair => pair.Distance <= Math.Max(2, name.Length / 3))
            .OrderBy(pair => pair.Distance)
            .Take(3)
            .Select(pair => pair.Candidate)
            .ToArray();
        if (near.Length > 0) return $"; did you mean {string.Join(" or ", near)}?";
        return names.Length <= 10 ? $"; there are {string.Join(", ", names)}" : "";
    }

    /// <summary>Levenshtein's distance, without regard to case; long names are compared by their first 64 characters.</summary>
    private static int Distance(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        a = a[..Math.Min(a.Length, 64)];
        b = b[..Math.Min(b.Length, 64)];
        Span<int> row = stackalloc int[65];
        for (var j = 0; j <= b.Length; j++) row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1;
                var least = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + cost);
                diagonal = row[j];
                row[j] = least;
            }
        }
        return row[b.Length];
    }
}
