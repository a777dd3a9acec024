using StreamForge.Core;

namespace StreamForge.Sql.Parsing;

/// <summary>The end of a sentence about an unknown name.</summary>
internal static class Suggestion
{
    /// <summary><c>did you mean 'amount'?</c>, or a list when nothing is near.</summary>
    public static string For(string name, IReadOnlyCollection<string> known)
    {
        if (NearestName.Find(name, known) is { } nearest) return $"did you mean '{nearest}'?";
        if (known.Count == 0) return "there are none";
        var shown = string.Join(", ", known.Take(12));
        return known.Count <= 12 ? $"there are {shown}" : $"there are {shown}, …";
    }
}
