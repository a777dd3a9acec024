namespace StreamForge.Sql.Parsing;

/// <summary>Finds what somebody probably meant.</summary>
internal static class NearestName
{
    /// <summary><c>did you mean 'amount'?</c>, or a list when nothing is near.</summary>
    public static string Suggest(string name, IReadOnlyCollection<string> known)
    {
        if (Find(name, known) is { } nearest) return $"did you mean '{nearest}'?";
        if (known.Count == 0) return "there are none";
        var shown = string.Join(", ", known.Take(12));
        return known.Count <= 12 ? $"there are {shown}" : $"there are {shown}, …";
    }

    /// <summary>The known name nearest to <paramref name="name"/> when no more than a third of its letters differ (at least one may), else null.</summary>
    public static string? Find(string name, IEnumerable<string> known)
    {
        string? nearest = null;
        var least = Math.Max(1, name.Length / 3) + 1;
        foreach (var candidate in known)
        {
            if (Math.Abs(candidate.Length - name.Length) >= least) continue;
            var distance = Distance(name, candidate);
            if (distance < least) (nearest, least) = (candidate, distance);
        }
        return nearest;
    }

    /// <summary>Letters to insert, delete, replace or swap with a neighbour, whatever their case (optimal string alignment distance).</summary>
    public static int Distance(string a, string b)
    {
        var rows = new int[3][];
        for (var i = 0; i < 3; i++) rows[i] = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) rows[0][j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            int[] above2 = rows[(i + 1) % 3], above = rows[(i + 2) % 3], row = rows[i % 3];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var same = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]);
                row[j] = Math.Min(Math.Min(above[j], row[j - 1]) + 1, above[j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 2]) && char.ToUpperInvariant(a[i - 2]) == char.ToUpperInvariant(b[j - 1]))
                    row[j] = Math.Min(row[j], above2[j - 2] + 1);
            }
        }
        return rows[a.Length % 3][b.Length];
    }
}
