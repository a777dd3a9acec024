using System.Collections.Immutable;
using StreamForge.Sql.Lookups;

namespace StreamForge.Pipeline.Plans;

/// <summary>A transformation as far as some of its columns depend on it.</summary>
/// <param name="Transformation">The whole of it.</param>
/// <param name="Canonical">The normalised text of what computes the columns and decides which rows there are, and of the conditions that rows must meet.</param>
/// <param name="Lookups">The tables that this joins.</param>
internal readonly record struct LineageStep(TransformationPlan Transformation, string Canonical, ImmutableArray<LookupTable> Lookups);
