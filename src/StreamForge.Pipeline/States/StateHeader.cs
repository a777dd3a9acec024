using System.Collections.Immutable;

namespace StreamForge.Pipeline.States;

/// <summary>A source whose positions are in a state file.</summary>
/// <param name="Type">As in the pipeline file: <c>kafka</c>, <c>files</c>, ….</param>
public sealed record StateSource(string Name, string Type);

/// <summary>A partition: where to go on, and what its stage knows.</summary>
/// <param name="Segment">The file for files; empty where a partition is one sequence.</param>
/// <param name="Offset">The next one.</param>
/// <param name="Cursor">What else the connector needs to go on; its own format, usually null.</param>
/// <param name="Rows">Rows that the stage has numbered.</param>
/// <param name="NewestEvent">The newest event time seen, microseconds; <see cref="Core.EventTime.MinValue"/> before the first.</param>
/// <param name="Watermark">The partition's own watermark, microseconds; null when it follows from the newest event and the definition.</param>
/// <param name="Finished">Whether it had been read to its end.</param>
public sealed record StatePartition(string Source, int Partition, string Segment, long Offset, string? Cursor, long Rows, long NewestEvent, long? Watermark, bool Finished)
{
    /// <summary>Of a changelog: what its stage knows of events (<see cref="Slices.StageState.Changes"/>). Its watermark is told then.</summary>
    public string? Changes { get; init; }

    /// <summary>The images of rows that are in the file; null where none are stored.</summary>
    public StateImages? Images { get; init; }
}

/// <summary>Stored images of a partition.</summary>
/// <param name="Columns">Their columns with types, as in <c>id bigint, amount decimal(10,2)</c>.</param>
/// <param name="Rows">How many.</param>
/// <param name="Bytes">Of keys and images.</param>
public sealed record StateImages(string Columns, long Rows, long Bytes);

/// <summary>A view; its number in the header's list is the number that its keys carry in the file.</summary>
/// <param name="Fingerprint">What its state was made by.</param>
/// <param name="ClosedRows">The number of the next row of closed windows; null when no sink takes them.</param>
public sealed record StateView(string Name, ImmutableArray<string> Fingerprint, long? ClosedRows)
{
    /// <summary>From when on features count that have not counted since the log's beginning; files of earlier versions do not say it.</summary>
    public ImmutableArray<StateSince> Since { get; init; } = [];

    /// <summary>From which moment on its parts count rows of a changelog; null for all. A host that cannot keep them refuses the file.</summary>
    public Plans.ViewFloors? Floors { get; init; }
}

/// <summary>See <see cref="Core.FeatureSince"/>.</summary>
public sealed record StateSince(string Feature, long Time, long? WholeFrom, ImmutableArray<string> Positions);

/// <summary>A sink.</summary>
/// <param name="Pending">The commit that belongs to the state, made visible or not; it is repeated, which changes nothing where it was done. Null when there was nothing to commit.</param>
public sealed record StateSink(string Name, string? Pending);

/// <summary>All of a pipeline's state but its keys, their windows and its ledgers.</summary>
/// <param name="Pipeline">The pipeline's name.</param>
/// <param name="Checkpoint">The state's number; the next one is higher on whichever host, so that no commit has the number of an earlier one.</param>
/// <param name="Created">When it was exported.</param>
/// <param name="Host">Where it comes from: <c>embedded</c> or <c>cluster</c>.</param>
/// <param name="Watermark">The pipeline's, microseconds.</param>
/// <param name="Partitions">In the order of their indexes, which the keys' states know them by.</param>
/// <param name="Counters">Of events, rows and the like, by the embedded host's names.</param>
/// <param name="Definition">The embedded host's catalog entry; null where there was none.</param>
public sealed record StateHeader(
    string Pipeline, long Checkpoint, DateTimeOffset Created, string Host, long Watermark, ImmutableArray<StateSource> Sources, ImmutableArray<StatePartition> Partitions,
    ImmutableArray<StateView> Views, ImmutableArray<StateSink> Sinks, ImmutableSortedDictionary<string, long> Counters, string? Definition);
