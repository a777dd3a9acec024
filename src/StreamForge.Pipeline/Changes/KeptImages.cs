using StreamForge.Core;
using StreamForge.Pipeline.Definitions;
using StreamForge.Pipeline.Plans;

namespace StreamForge.Pipeline.Changes;

/// <summary>
/// Whether a definition can go on with the images that are stored of a source's rows. They may have more columns than it reads. What nothing read was not stored: what begins with the definition passes their rows by
/// (<see cref="ViewFloors"/>), so null stands in for it there; what would see it does not go on.
/// </summary>
public static class KeptImages
{
    /// <summary>Whether a source stores images of its rows.</summary>
    public static bool AreOf(SourceDefinition source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.Changelog is { Before: BeforeImages.Stored };
    }

    /// <summary>The columns that are read and that images do not have, as nothing read them before.</summary>
    /// <param name="stored">The columns that images have; null when none were stored.</param>
    public static IEnumerable<string> Lacking(SourcePlan source, Schema? stored)
    {
        ArgumentNullException.ThrowIfNull(source);
        return stored is null || !AreOf(source.Definition) ? [] : source.Columns.Fields.Select(static f => f.Name).Where(name => stored.Find(name) is null);
    }

    /// <summary>Why the definition cannot go on with images, as a clause; null when it can.</summary>
    /// <param name="stored">The columns that images have; null when none were stored.</param>
    public static string? Lack(SourcePlan source, Schema? stored)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (!AreOf(source.Definition)) return null;
        if (stored is null) return $"the source {source.Name} says before: stored, but the state that is kept has no images of its rows";
        foreach (var column in source.Columns.Fields)
        {
            if (stored.Find(column.Name) is { } kept && kept.Type != column.Type) return $"the column {column.Name} of {source.Name} is a {column.Type} now, and a {kept.Type} in the images that are stored of its rows";
        }
        return null;
    }
}
