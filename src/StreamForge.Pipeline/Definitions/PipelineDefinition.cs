using System.Collections.Immutable;
using StreamForge.Core;

namespace StreamForge.Pipeline.Definitions;

/// <summary>Where something stands in the pipeline file; for faults that are found after parsing. Lines and columns from 1.</summary>
public readonly record struct SourceLocation(string File, int Line, int Column)
{
    public Fault Fault(string sentence) => new(File, Line, Column, sentence);
}

/// <summary>A whole pipeline file, parsed and with variables filled in, not yet bound to schemas.</summary>
public sealed record PipelineDefinition(
    string Name,
    string Version,
    string? Owner,
    string? Description,
    SourceLocation Location,
    ImmutableArray<SourceDefinition> Sources,
    ImmutableArray<TransformationDefinition> Transformations,
    ImmutableArray<ViewDefinition> Views,
    ImmutableArray<ServiceDefinition> Services,
    ImmutableArray<SinkDefinition> Sinks,
    ImmutableArray<TestDefinition> Tests,
    OrchestrationDefinition Orchestration)
{
    /// <summary>The folder that <c>storage.warehouse</c> names, absolute; null for the one in the data directory.</summary>
    public string? Warehouse { get; init; }
}

/// <summary>What happens to an event that cannot be taken in.</summary>
public enum OnError
{
    DeadLetter,
    Fail,
}

/// <summary>How far time may be out of order. All in microseconds.</summary>
/// <param name="OutOfOrderness">How far the watermark stays behind the newest event.</param>
/// <param name="IdleTimeout">After how long without events a partition no longer holds the pipeline's watermark back.</param>
/// <param name="AllowedLateness">How long after the watermark passed a window's end it still takes events.</param>
/// <param name="MaxFuture">How far past its ingest time an event's time may lie.</param>
public sealed record WatermarkDefinition(long OutOfOrderness, long IdleTimeout, long AllowedLateness, long MaxFuture)
{
    public static WatermarkDefinition Default { get; } = new(5 * EventTime.Second, 30 * EventTime.Second, 0, 24 * EventTime.Hour);
}

/// <summary>A declared column of a source.</summary>
/// <param name="Unit">For a timestamp given as an integer: 1 s is 1,000,000, ms 1,000, us 1; ns is written as -1,000 (nanoseconds a microsecond). 0 when undeclared.</param>
public sealed record SchemaField(string Name, DataType Type, long Unit, SourceLocation Location);

/// <summary>The type-specific part of a source.</summary>
public abstract record SourceOptions;

/// <summary><c>type: files</c>: files read in name order as one partition.</summary>
/// <param name="Path">Absolute path or glob.</param>
/// <param name="Format">csv, json, debezium-json, avro or parquet.</param>
public sealed record FilesSourceOptions(string Path, string Format) : SourceOptions;

/// <summary><c>type: clickstream</c>: the built-in emitter.</summary>
/// <param name="Rate">Events a second, or null for as fast as they are taken.</param>
/// <param name="Events">How many, or null for no end.</param>
/// <param name="Late">Share of events, 0 to 1, that come out of order.</param>
public sealed record ClickstreamSourceOptions(double? Rate, long? Events, int Users, int Products, long Seed, double Late) : SourceOptions
{
    /// <summary>How far behind, microseconds, a start may find the stream: after a longer pause the rest of it moves up to now. Null keeps every event's time, however long the pause.</summary>
    public long? CatchUp { get; init; }
}

/// <summary><c>type: iceberg</c>: the rows that are appended to a table. Either <paramref name="Table"/> or <paramref name="Path"/> is there.</summary>
/// <param name="Table">The dotted name of a table in the pipeline's warehouse.</param>
/// <param name="Path">The absolute path of a table's folder or of a metadata file.</param>
public sealed record IcebergSourceOptions(string? Table, string? Path) : SourceOptions;

/// <summary>
/// A source whose own part could not be read, or is not built yet; it stands only in a result that has faults. With a declared schema
/// its columns are known all the same, so that what reads it can be checked in the same run.
/// </summary>
public sealed record UnreadableSourceOptions : SourceOptions;

/// <param name="Schema">Declared columns, or null for <c>auto</c>.</param>
/// <param name="EventTime">The column that says when an event happened, or null where the source knows.</param>
/// <param name="TimeZone">For local date-times in text.</param>
public sealed record SourceDefinition(
    string Name,
    SourceLocation Location,
    SourceOptions Options,
    ImmutableArray<SchemaField>? Schema,
    LocatedText? EventTime,
    TimeZoneInfo TimeZone,
    WatermarkDefinition Watermark,
    OnError OnError)
{
    /// <summary>How changes are told apart, where the source is a changelog; null for one that only appends.</summary>
    public ChangelogDefinition? Changelog { get; init; }
}

/// <summary>Where the image that a change replaces comes from.</summary>
public enum BeforeImages : byte
{
    /// <summary>From the event: <c>before: full</c>.</summary>
    Full,

    /// <summary>From what the pipeline has stored by primary key: <c>before: stored</c>.</summary>
    Stored,
}

/// <param name="Key">The columns of the primary key; empty where the events' own keys are it.</param>
public sealed record ChangelogDefinition(ImmutableArray<LocatedText> Key, BeforeImages Before);

/// <summary>An expectation: a condition that rows must or should meet.</summary>
/// <param name="Must">true: a row that fails it is a dead letter; false: it is counted, and the pipeline is degraded beyond <paramref name="Within"/>.</param>
/// <param name="Within">For <c>should</c>: the tolerated share of failing rows, 0 to 1.</param>
public sealed record ExpectationDefinition(bool Must, LocatedText Condition, double Within);

public sealed record TransformationDefinition(
    string Name, SourceLocation Location, LocatedText Input, LocatedText Sql, ImmutableArray<ExpectationDefinition> Expectations)
{
    /// <summary>Tables that the SQL may join.</summary>
    public ImmutableArray<LookupDefinition> Lookups { get; init; } = [];
}

/// <summary>The clock that <c>now</c> is read from.</summary>
public enum ViewClock
{
    /// <summary>The newest event time applied to the view, plus one microsecond.</summary>
    Event,

    /// <summary>The time provider's now.</summary>
    Wall,
}

public enum WindowKind : byte
{
    Sliding,
    Tumbling,
    Hopping,
    Session,
    Lifetime,
}

/// <param name="Size">Microseconds: the window's length, a session's gap; 0 for lifetime.</param>
public sealed record WindowDefinition(WindowKind Kind, long Size, SourceLocation Location)
{
    /// <summary>Microseconds from one hopping window to the next; 0 for the others.</summary>
    public long Every { get; init; }

    /// <summary>The suffix of feature names: <c>1d</c>, <c>tumbling_1d</c>, <c>hopping_1h_5m</c>, <c>session_30m</c>, <c>lifetime</c>.</summary>
    public string Name => Kind switch
    {
        WindowKind.Sliding => Duration.Format(Size),
        WindowKind.Tumbling => "tumbling_" + Duration.Format(Size),
        WindowKind.Hopping => $"hopping_{Duration.Format(Size)}_{Duration.Format(Every)}",
        WindowKind.Session => "session_" + Duration.Format(Size),
        _ => "lifetime",
    };
}

/// <param name="Function">One of count, sum, avg, min, max, variance, stddev, first, last, last_n, distinct, quantile, top_k, histogram, ratio.</param>
/// <param name="Of">The column or expression that is aggregated; null only for count and ratio.</param>
/// <param name="Where">Which rows count; null for all.</param>
/// <param name="ExactUpTo">distinct: up to how many values are counted exactly.</param>
public sealed record AggregateDefinition(
    string Name, LocatedText Function, LocatedText? Of, LocatedText? Where, string? Description, long? ExactUpTo)
{
    /// <summary>quantile: which one, 0 to 1.</summary>
    public double? Q { get; init; }

    /// <summary>quantile: the error of the answer as a share of it, above 0 and below 1.</summary>
    public double? RelativeError { get; init; }

    /// <summary>last_n: how many values.</summary>
    public long? N { get; init; }

    /// <summary>top_k: how many values.</summary>
    public long? K { get; init; }

    /// <summary>histogram: where its buckets end, ascending, as written.</summary>
    public ImmutableArray<LocatedText> Bounds { get; init; } = [];

    /// <summary>ratio: what is summed above the line.</summary>
    public LocatedText? Numerator { get; init; }

    /// <summary>ratio: what is summed below the line.</summary>
    public LocatedText? Denominator { get; init; }

    /// <summary>The place of the name.</summary>
    public SourceLocation Location { get; init; }
}

public sealed record DerivedDefinition(string Name, LocatedText Expression, string? Description)
{
    /// <summary>The place of the name.</summary>
    public SourceLocation Location { get; init; }
}

/// <param name="Type">The declared type, or null for the column's own.</param>
public sealed record EntityDefinition(string Name, DataType? Type, SourceLocation Location);

/// <param name="Resolution">Microseconds, or null for the default by window.</param>
/// <param name="Ttl">Microseconds, or null for none.</param>
/// <param name="Freshness">Microseconds, or null for no target.</param>
public sealed record ViewDefinition(
    string Name,
    SourceLocation Location,
    LocatedText Input,
    ImmutableArray<EntityDefinition> Entity,
    LocatedText? EventTime,
    ImmutableArray<WindowDefinition> Windows,
    long? Resolution,
    ImmutableArray<AggregateDefinition> Aggregates,
    ImmutableArray<DerivedDefinition> Derived,
    ViewClock? Clock,
    long? Ttl,
    long? Freshness,
    string? Description)
{
    /// <summary>Whether sliding windows end exactly at t - W rather than at a tile's start.</summary>
    public bool Exact { get; init; }

    /// <summary>Every feature of the view, in order: each aggregate over each window (<c>spend_1d</c>), then the derived ones.</summary>
    public IEnumerable<string> FeatureNames =>
        (from aggregate in Aggregates from window in Windows select FeatureName(aggregate, window)).Concat(Derived.Select(d => d.Name));

    /// <summary>The name of an aggregate over a window.</summary>
    public static string FeatureName(AggregateDefinition aggregate, WindowDefinition window) => aggregate.Name + "_" + window.Name;
}

/// <param name="Features">References as written: <c>view:feature</c> or <c>view:*</c>.</param>
public sealed record ServiceDefinition(string Name, SourceLocation Location, ImmutableArray<LocatedText> Features);

/// <summary>The type-specific part of a sink.</summary>
public abstract record SinkOptions
{
    /// <summary>As <c>type</c> names it.</summary>
    public abstract string Type { get; }

    /// <summary>Where the rows go, for people: a folder, a table.</summary>
    public abstract string Target { get; }
}

/// <summary><c>type: files</c>: JSON Lines in a folder.</summary>
/// <param name="Path">Absolute folder.</param>
public sealed record FilesSinkOptions(string Path) : SinkOptions
{
    public override string Type => "files";

    public override string Target => Path;
}

/// <summary><c>type: iceberg</c>: rows appended to a table.</summary>
/// <param name="Namespace">The parts of the table's name before the last.</param>
/// <param name="Table">The last part.</param>
/// <param name="PartitionBy">As written, such as <c>day(InvoiceDate)</c>.</param>
/// <param name="FileFormat">parquet or avro.</param>
/// <param name="CommitInterval">Microseconds, or null for every checkpoint.</param>
public sealed record IcebergSinkOptions(
    LocatedText Name, ImmutableArray<string> Namespace, string Table, ImmutableArray<LocatedText> PartitionBy, string FileFormat, long? CommitInterval) : SinkOptions
{
    public override string Type => "iceberg";

    public override string Target => Name.Value;
}

/// <param name="Input">A source, a transformation, or a view for its closed windows.</param>
public sealed record SinkDefinition(string Name, SourceLocation Location, SinkOptions Options, LocatedText Input);

/// <summary>A test in the file. Values are text as JSON would write them (strings without quotes), null for null.</summary>
/// <param name="Source">The source whose rows are given; null for the one that the view reads in the end.</param>
/// <param name="Given">Rows of the source, each as one JSON object, with numbers as they were written.</param>
/// <param name="At">The moment to read at, microseconds since 1970 in UTC; null for the view's now.</param>
/// <param name="Key">Each entity column with its value.</param>
/// <param name="Expect">Expected features: name to JSON text, a scalar's or a list's, null for null.</param>
public sealed record TestDefinition(
    SourceLocation Location, string? Name, string? Source, ImmutableArray<string> Given, long? At, LocatedText View,
    ImmutableArray<KeyValuePair<string, string>> Key, ImmutableArray<KeyValuePair<LocatedText, string?>> Expect)
{
    /// <summary>The place of the key's first column.</summary>
    public SourceLocation KeyLocation { get; init; }

    /// <summary>The place of the source's name, or of the test.</summary>
    public SourceLocation SourceLocation { get; init; }
}

/// <param name="CheckpointInterval">Microseconds.</param>
/// <param name="Parallelism">Shards, or null for one a core.</param>
/// <param name="MaxRecords">Rows a batch at most.</param>
public sealed record OrchestrationDefinition(string Engine, long CheckpointInterval, int? Parallelism, long IdleTimeout, int MaxRecords)
{
    public static OrchestrationDefinition Default { get; } = new("auto", 60 * EventTime.Second, null, 300 * EventTime.Second, 10_000);
}
