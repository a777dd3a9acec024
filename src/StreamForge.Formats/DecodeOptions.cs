using System.Collections.Immutable;

namespace StreamForge.Formats;

/// <summary>How values are read where their text alone does not say it.</summary>
/// <param name="TimeZone">Of date-times without an offset.</param>
/// <param name="Units">For each column the unit of integers in timestamp columns, as the pipeline file's <c>unit</c>: microseconds a unit, -1,000 for nanoseconds, 0 for none; empty for none at all.</param>
public sealed record DecodeOptions(TimeZoneInfo TimeZone, ImmutableArray<long> Units)
{
    /// <summary>UTC, no units.</summary>
    public static DecodeOptions Default { get; } = new(TimeZoneInfo.Utc, []);
}
