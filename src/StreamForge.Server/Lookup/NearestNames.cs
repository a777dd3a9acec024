using StreamForge.Core;

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
            .Select(candidate => (Candidate: candidate, Distance: NearestName.Distance(Key(name), Key(candidate))))
            .Where(pair => pair.Distance <= Math.Max(2, name.Length / 3))
            .OrderBy(pair => pair.Distance)
            .Take(3)
            .Select(pair => pair.Candidate)
            .ToArray();
        if (near.Length > 0) return $"; did you mean {string.Join(" or ", near)}?";
        return names.Length <= 10 ? $"; there are {string.Join(", ", names)}" : "";
    }

    /// <summary>Case is no difference; of a long name its beginning is compared.</summary>
    private static string Key(string name) => name[..Math.Min(name.Length, 64)].ToLowerInvariant();
}
