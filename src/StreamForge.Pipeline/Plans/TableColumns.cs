using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Pipeline.Plans;

/// <summary>What every table carries besides the columns of its sink, so that a row can be told from any other, retracted, and read as it was known at a moment.</summary>
public static class TableColumns
{
    /// <summary>The change: c, u, d or r.</summary>
    public const string Op = "_op";

    /// <summary>Where the row stood, unique within its source: <c>orders/0@orders.csv:1024</c>.</summary>
    public const string SourcePosition = "_source_position";

    /// <summary>When the event happened.</summary>
    public const string EventTime = "_event_time";

    /// <summary>When the row was taken in.</summary>
    public const string IngestTime = "_ingest_time";

    /// <summary>In the order in which they stand after the sink's columns.</summary>
    public static ImmutableArray<Field> Fields { get; } =
        [new(Op, DataType.String), new(SourcePosition, DataType.String), new(EventTime, DataType.TimestampTz), new(IngestTime, DataType.TimestampTz)];

    /// <summary>All columns of a table whose sink is given rows of <paramref name="rows"/>.</summary>
    public static Schema Of(Schema rows) => new(rows.Fields.AddRange(Fields));

    /// <summary>Whether a sink's column may not have this name; other readers of tables tell names apart without regard to case.</summary>
    public static bool IsReserved(string name) => Fields.Any(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
