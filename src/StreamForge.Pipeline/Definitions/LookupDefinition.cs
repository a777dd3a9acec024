using System.Collections.Immutable;

namespace StreamForge.Pipeline.Definitions;

/// <summary>An entry of a transformation's <c>lookups</c>: a file that is read once at start, for its SQL to join.</summary>
/// <param name="Location">The place of the name.</param>
/// <param name="Path">The file, absolute.</param>
/// <param name="PathLocation">The place of the path.</param>
/// <param name="Format">csv or json.</param>
/// <param name="Key">The columns by which rows are found; unique together.</param>
/// <param name="Schema">Declared columns, or null for <c>auto</c>.</param>
public sealed record LookupDefinition(
    string Name, SourceLocation Location, string Path, SourceLocation PathLocation, string Format, ImmutableArray<LocatedText> Key, ImmutableArray<SchemaField>? Schema);
