using StreamForge.Core;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Pipeline.Changes;

/// <summary>Whether a definition can go on with the images that are stored of a source's rows. They may have more columns than it reads, and no fewer: what nothing read was not stored.</summary>
public static class KeptImages
{
    /// <summary>Whether a source stores images of its rows.</summary>
    public static bool AreOf(SourceDefinition source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Changelog is { Before: BeforeImages.Stored };
    }

    /// <summary>What the definition needs of rows that was not stored, as a clause; null when there is nothing.</summary>
    /// <param name="stored">The columns that images have; null when none were stored.</param>
    public static string? Lack(SourcePlan source, Schema? stored)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!AreOf(source.Definition)) return null;
        if (stored is null) return $"the source {source.Name} says before: stored, but the state that is kept has no images of its rows";
        foreach (var column in source.Columns.Fields)
        {
            if (stored.Find(column.Name) is not { } kept) return $"the definition reads the column {column.Name} of {source.Name}, which the images that are stored of its rows do not have, as nothing read it before";
            if (kept.Type != column.Type) return $"the column {column.Name} of {source.Name} is a {column.Type} now, and a {kept.Type} in the images that are stored of its rows";
        }
        return null;
    }
}
